// A call that only asks whether somebody is there. Decides; what is to be kept or requested is done by the caller of this.
import { evaluateValue, ExpressionError, type Scope } from '@weftline/connectors/expression';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Answer, Receive, Request } from '@weftline/connectors/types';
import { holdsOf } from './fill-check.ts';
import type { SenderFault, SenderVerdict } from './sender-verdict.ts';

export type HandshakeDecision =
  | { kind: 'none' }
  | { kind: 'refused'; reason: SenderFault }
  | {
      kind: 'answer';
      respond: Answer | undefined;
      /** True when a sender check has passed: then what is kept may be replaced. */
      isVerified: boolean;
      store: { [name: string]: Json } | undefined;
      confirm: Request | undefined;
    };

/** The first handshake whose condition holds. `verify` is asked only where the handshake wants it. */
export async function answerHandshake(
  receive: Pick<Receive, 'handshake'>,
  scope: Scope,
  verify: () => Promise<SenderVerdict>,
): Promise<HandshakeDecision> {
  const found = (receive.handshake ?? []).find(({ when }) => holdsOf(when, scope));
  if (found === undefined) return { kind: 'none' };
  if (found.verifyFirst === true) {
    const verdict = await verify();
    if (!verdict.ok) return { kind: 'refused', reason: verdict.reason };
  }
  let store: { [name: string]: Json } | undefined;
  if (found.store !== undefined) {
    try {
      const filled = evaluateValue(found.store, scope, { missing: 'drop' });
      store = isJsonObject(filled as Json) ? (filled as { [name: string]: Json }) : {};
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { kind: 'refused', reason: 'missing_header' };
    }
  }
  return {
    kind: 'answer',
    respond: found.respond,
    isVerified: found.verifyFirst === true,
    store,
    confirm: found.confirm,
  };
}

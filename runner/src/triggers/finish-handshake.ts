// What a call is judged with before its events are: the connection it may be checked with, and the handshake it may be.
import type { Json } from '@weftline/connectors/json';
import { requestForItem, type ItemFetching } from '../executor/fetch-item.ts';
import type { OpenedCall } from '../executor/receive/open-call.ts';
import type { OpenConnection } from '../executor/types.ts';
import { CodedError } from '../platform/errors.ts';
import type { HookAnswer } from './hook-answer.ts';
import { declaredAnswer, type ReceiveServices, refusal } from './receive-services.ts';

/** Null: the connection is gone, so nothing can be checked with it. */
export async function openIfThere(
  services: Pick<ReceiveServices, 'openConnection'>,
  tenantId: string,
  connectionId: string | null,
): Promise<OpenConnection | null> {
  if (connectionId === null) return null;
  try {
    return await services.openConnection(tenantId, connectionId);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'not_found') return null;
    throw error;
  }
}

/** A handshake as it was decided: values are kept and requests made before it is answered. Null: it was none. */
export async function finishHandshake(
  services: Pick<ReceiveServices, 'onCall' | 'logger'>,
  opened: OpenedCall,
  facts: { tenantId: string; appKey: string },
  store: (values: { [name: string]: Json }, isVerified: boolean) => Promise<boolean>,
  fetching: ItemFetching,
): Promise<HookAnswer | null> {
  const decided = await opened.handshake();
  if (decided.kind === 'none') return null;
  const refuse = (reason: Parameters<typeof refusal>[0], why: string): HookAnswer => {
    services.onCall?.('refused');
    services.logger.info({ ...facts, reason, why }, 'a handshake of a service was refused');
    return refusal(reason);
  };
  if (decided.kind === 'refused') return refuse(decided.reason, 'its sender check did not pass');
  if (decided.store && !(await store(decided.store, decided.isVerified)))
    return refuse('bad_signature', 'what it brings would replace what an earlier one stored');
  if (decided.confirm) {
    const performed = await requestForItem(fetching, decided.confirm, opened.scope);
    if (!performed.ok)
      throw new CodedError({
        code: 'unavailable',
        message: 'What this call asks for could not be done. Send it again later.',
        retryAfterMs: 30_000,
        details: { why: performed.error.message },
      });
  }
  services.onCall?.('handshake');
  services.logger.info(facts, 'a handshake of a service was answered');
  return declaredAnswer(await opened.answer(decided.respond ?? { status: 200 }), true, []);
}

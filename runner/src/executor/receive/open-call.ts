// One call as it is judged for one connection or trigger: what its templates read, who sent it, what it is answered.
import type { Scope } from '@weftline/connectors/expression';
import type { JsonObject } from '@weftline/connectors/json';
import type { Answer, Connector, Receive } from '@weftline/connectors/types';
import { findAuth, listSecrets } from '../authorize.ts';
import { listAllowedHosts } from '../fill-address.ts';
import { answerHandshake, type HandshakeDecision } from './answer-handshake.ts';
import type { FetchKey } from './fetch-key.ts';
import { fillAnswer, type FilledAnswer } from './fill-answer.ts';
import { callScope, secretScope, type CallValues, type IncomingCall } from './incoming-call.ts';
import { readCallBody } from './read-call-body.ts';
import type { SenderVerdict } from './sender-verdict.ts';
import { verifySender } from './verify-sender.ts';

export type OpenedCall = {
  /** What events read: nothing secret. */
  scope: Scope;
  /** Asked of the sender checks once, however often it is called. */
  verify(): Promise<SenderVerdict>;
  handshake(): Promise<HandshakeDecision>;
  /** @throws CodedError `not_parseable` when the body is not what it should be */
  checkBody(): void;
  answer(answer: Answer | undefined): Promise<FilledAnswer>;
  /** Every secret text that this call was judged with, and those that stand in it. */
  secrets(): Promise<string[]>;
};

const textsIn = (values: JsonObject | undefined): string[] =>
  Object.values(values ?? {}).filter((value) => typeof value === 'string');

/** Secret texts of a connection; all of its credentials where its way to sign in is gone. */
export function secretsOf(
  connector: Connector,
  authKey: string | undefined,
  credentials: { [name: string]: string } | undefined,
): string[] {
  if (credentials === undefined) return [];
  try {
    return listSecrets(connector, findAuth(connector, authKey ?? ''), credentials);
  } catch {
    return Object.values(credentials);
  }
}

/** Hosts that a sender's key may be fetched from; none where the connection does not say which they are. */
export function keyHostsOf(connector: Connector, connection: JsonObject | undefined): string[] {
  try {
    return listAllowedHosts(connector, { connection: connection ?? {} });
  } catch {
    return [];
  }
}

/** `ownSecrets`: texts beside those of the sender checks, such as those of the connection and the address. */
export function openCall(given: {
  receive: Receive;
  call: IncomingCall;
  values: CallValues;
  fetchKey: FetchKey;
  ownSecrets: readonly string[];
}): OpenedCall {
  const { receive, call, values, fetchKey } = given;
  const scope = callScope(call, receive.bodyFormat, values);
  const full = secretScope(scope, values);
  let verdict: Promise<SenderVerdict> | undefined;
  const verify = (): Promise<SenderVerdict> =>
    (verdict ??= verifySender(receive, { call, scope: full, nowMs: values.nowMs, fetchKey }));
  const secrets = async (): Promise<string[]> => {
    const judged = verdict === undefined ? undefined : await verdict;
    return [
      ...given.ownSecrets,
      ...textsIn(values.stored),
      ...(values.webhook?.secret ? [values.webhook.secret] : []),
      ...(judged?.ok === true ? judged.secrets : []),
    ].filter((secret) => secret !== '');
  };
  return {
    scope,
    verify,
    secrets,
    handshake: () => answerHandshake(receive, full, verify),
    checkBody() {
      if (scope['body'] === undefined) readCallBody(call, receive.bodyFormat);
    },
    async answer(answer) {
      // What a handshake stored came from the caller, and some services want it echoed.
      const stored = textsIn(values.stored);
      return fillAnswer(
        answer,
        full,
        (await secrets()).filter((secret) => !stored.includes(secret)),
      );
    },
  };
}

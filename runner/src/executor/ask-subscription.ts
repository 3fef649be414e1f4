// One request about the subscription of a trigger: made, taken back, looked at or renewed. What is kept is somebody else's.
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { Connector, SubscriptionRequest, Trigger, Webhook } from '@weftline/connectors/types';
import { timeoutOf } from './call-action.ts';
import { performRequest } from './perform-request.ts';
import { inputError } from './read-error.ts';
import { readTriggerInput } from './read-trigger-input.ts';
import { readAnswerPath } from './turn-page.ts';
import type { CallError, ExecutorDependencies, OpenConnection, SeenRequest, SeenResponse } from './types.ts';

/** Milliseconds that one of these requests may take, whatever the app says: the row is held meanwhile. */
export const subscriptionTimeoutMs = 60_000;

export type SubscriptionAct = 'subscribe' | 'unsubscribe' | 'check' | 'renew';

export type SubscriptionCall = {
  tenantId: string;
  connector: Connector;
  trigger: Trigger;
  act: SubscriptionAct;
  input: Json;
  openConnection: (() => Promise<OpenConnection>) | null;
  webhook: { url: string; secret: string };
  subscription: JsonObject;
  stored: JsonObject;
  /** The same over attempts. */
  idempotencyKey: string;
  signal?: AbortSignal;
};

export type SubscriptionAnswer = { request: SeenRequest | null; response: SeenResponse | null } & (
  | { ok: true; captured: JsonObject }
  | { ok: false; error: CallError }
);

/** The request of an act; undefined where the trigger has none. */
export const requestOf = (
  webhook: Webhook | undefined,
  act: SubscriptionAct,
): SubscriptionRequest | undefined => (act === 'renew' ? webhook?.renew?.request : webhook?.[act]);

/** Texts that could be secrets of the service's own, such as a signing key that subscribing gave. */
const textsOf = (values: JsonObject): string[] =>
  Object.values(values).filter((value): value is string => typeof value === 'string' && value.length >= 16);

/**
 * Makes the request.
 * @returns what is to be kept of the answer, or the failure; expected failures are returned, not thrown
 * @throws Error when the trigger has no such request
 */
export const askSubscription = async (
  call: SubscriptionCall,
  dependencies: ExecutorDependencies,
): Promise<SubscriptionAnswer> => {
  const { connector, trigger, act, webhook, subscription, stored } = call;
  const asked = requestOf(trigger.webhook, act);
  if (asked === undefined) throw new Error(`the trigger ${trigger.key} has no ${act}`);
  const { capture = {}, ...request } = asked;
  const { input, secretInputs, problems } = readTriggerInput(connector, trigger, call.input);
  if (problems.length > 0) return { ok: false, error: inputError(problems), request: null, response: null };
  const performed = await performRequest(
    {
      tenantId: call.tenantId,
      connector,
      request,
      input,
      secretInputs: [...secretInputs, webhook.secret, ...textsOf(stored)],
      openConnection: call.openConnection,
      run: { id: 'subscription', stepId: trigger.key, attempt: 1, idempotencyKey: call.idempotencyKey },
      timeoutMs: Math.min(timeoutOf(connector, request), subscriptionTimeoutMs),
      signal: call.signal,
      more: { webhook, subscription, stored },
    },
    dependencies,
  );
  const { request: seenRequest, response } = performed;
  if (!performed.ok) return { ok: false, error: performed.error, request: seenRequest, response };
  const captured: { [name: string]: Json } = {};
  for (const [name, path] of Object.entries(capture)) {
    const value = readAnswerPath(path, performed.answer);
    if (value !== undefined && value !== null) captured[name] = value;
  }
  return { ok: true, captured, request: seenRequest, response };
};

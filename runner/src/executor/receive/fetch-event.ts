// Asks the service for what an event only names: with the connection, over the one way out, as an action would.
import { evaluateValue, ExpressionError, type Scope } from '@weftline/connectors/expression';
import { isJsonObject, type Json, type JsonObject } from '@weftline/connectors/json';
import { isWrittenOut } from '@weftline/connectors/rules/list-requests';
import type { Action, Connector, Request, RequestReference } from '@weftline/connectors/types';
import { CodedError } from '../../platform/errors.ts';
import { timeoutOf } from '../call-action.ts';
import { performAction } from '../perform-action.ts';
import { performRequest, type Performed } from '../perform-request.ts';
import type { ExecutorDependencies, OpenConnection } from '../types.ts';

/** A service that waits for our answer does not wait for long. */
const longestMs = 10_000;

export type EventFetching = {
  tenantId: string;
  connector: Connector;
  openConnection: (() => Promise<OpenConnection>) | null;
  input: JsonObject;
  /** Names the request where a service recognises repeats. */
  callId: string;
  dependencies: ExecutorDependencies;
};

const rootsOf = (scope: Scope): { [root: string]: Json } => {
  const { input: _, connection: __, now: ___, ...call } = scope;
  return call;
};

function fillInput(template: Json, scope: Scope): JsonObject {
  try {
    const input = evaluateValue(template, scope, { missing: 'drop' }) ?? {};
    return isJsonObject(input) ? input : {};
  } catch (cause) {
    if (!(cause instanceof ExpressionError)) throw cause;
    throw new CodedError({
      code: 'not_parseable',
      message: 'The event does not have the form that the app describes.',
      cause,
    });
  }
}

/** Makes one request because of a call. Answers the failure, never throws for expected ones. */
export async function requestForCall(
  given: EventFetching,
  reference: RequestReference | Request,
  scope: Scope,
): Promise<Performed> {
  const { tenantId, connector, openConnection, callId, dependencies } = given;
  const shared = {
    tenantId,
    connector,
    openConnection,
    secretInputs: [],
    run: { id: callId, stepId: 'fetch', attempt: 1, idempotencyKey: callId },
    signal: undefined,
  };
  if (isWrittenOut(reference))
    return performRequest(
      {
        ...shared,
        request: reference,
        input: given.input,
        more: rootsOf(scope),
        timeoutMs: Math.min(timeoutOf(connector, reference), longestMs),
      },
      dependencies,
    );
  const action: Action | undefined = connector.actions.find(({ key }) => key === reference.action);
  if (action === undefined)
    throw new CodedError({ code: 'not_found', message: `The app has no action "${reference.action}".` });
  const input = fillInput(reference.with ?? {}, scope);
  return performAction(
    {
      ...shared,
      request: action,
      input,
      timeoutMs: Math.min(timeoutOf(connector, action), longestMs),
    },
    dependencies,
  );
}

/**
 * The function that `readEvents` asks. Null: the service says that the thing is gone.
 * @throws CodedError `unavailable` for every other failure: the service is asked to send the call again
 */
export const eventFetcher =
  (given: EventFetching) =>
  async ({ request }: { request: RequestReference }, scope: Scope): Promise<Json | null> => {
    const performed = await requestForCall(given, request, scope);
    if (performed.ok) return performed.output;
    const { error } = performed;
    if (error.type === 'NOT_FOUND' || error.status === 410) return null;
    throw new CodedError({
      code: 'unavailable',
      message: 'What this call tells of could not be read from the service. Send it again later.',
      retryAfterMs: Math.max(error.retryAfterMs ?? 0, 30_000),
      details: { why: error.message },
    });
  };

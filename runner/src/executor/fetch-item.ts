// Reads one thing in full that a list or a call only named: with the connection, over the one way out, as an action would.
import { evaluateValue, ExpressionError, type Scope } from '@weftline/connectors/expression';
import { isJsonObject, type Json, type JsonObject } from '@weftline/connectors/json';
import { isWrittenOut } from '@weftline/connectors/rules/list-requests';
import { encodeInput } from '@weftline/connectors/schemas/encode-input';
import type { Action, Connector, Request, RequestReference } from '@weftline/connectors/types';
import { CodedError } from '../platform/errors.ts';
import { timeoutOf } from './call-action.ts';
import { composeInputSchema } from './compose-schemas.ts';
import { performAction } from './perform-action.ts';
import { performRequest, type Performed } from './perform-request.ts';
import { inputError } from './read-error.ts';
import { createRedact } from './redact.ts';
import type { CallError, ExecutorDependencies, OpenConnection } from './types.ts';

/** Things that one call or one poll reads in full. */
export const mostFetched = 100;
/** Of them at the same time. */
export const fetchesAtOnce = 8;
/** One thing is read quickly or not now: a service that waits for our answer does not wait for long. */
export const longestFetchMs = 10_000;

export type ItemFetching = {
  tenantId: string;
  connector: Connector;
  openConnection: (() => Promise<OpenConnection>) | null;
  input: JsonObject;
  /** Names the request where a service recognises repeats. */
  callId: string;
  dependencies: ExecutorDependencies;
  /** Secret texts of the input. */
  secretInputs?: readonly string[];
  /** Milliseconds; never more than `longestFetchMs`. */
  timeoutMs?: number;
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

/** Makes one request because of an item or a call, whose roots its templates read. Answers the failure, never throws for expected ones. */
export async function requestForItem(
  given: ItemFetching,
  reference: RequestReference | Request,
  scope: Scope,
): Promise<Performed> {
  const { tenantId, connector, openConnection, callId, dependencies } = given;
  const mostMs = Math.min(given.timeoutMs ?? longestFetchMs, longestFetchMs);
  const shared = {
    tenantId,
    connector,
    openConnection,
    secretInputs: given.secretInputs ?? [],
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
        timeoutMs: Math.min(timeoutOf(connector, reference), mostMs),
      },
      dependencies,
    );
  const action: Action | undefined = connector.actions.find(({ key }) => key === reference.action);
  if (action === undefined)
    throw new CodedError({ code: 'not_found', message: `The app has no action "${reference.action}".` });
  const written = fillInput(reference.with ?? {}, scope);
  const { value: input, problems, secrets } = encodeInput(composeInputSchema(connector, action), written);
  if (problems.length > 0)
    return {
      ok: false,
      error: inputError(problems),
      request: null,
      response: null,
      redact: createRedact(shared.secretInputs),
    };
  return performAction(
    {
      ...shared,
      secretInputs: [...shared.secretInputs, ...secrets],
      request: action,
      input,
      timeoutMs: Math.min(timeoutOf(connector, action), mostMs),
    },
    dependencies,
  );
}

/** The service says that there is no such thing (any more). */
export const isGone = ({ type, status }: CallError): boolean => type === 'NOT_FOUND' || status === 410;

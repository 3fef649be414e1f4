// A request that a trigger, a source of choices or a call that came in needs: written out, or an action with its input filled.
import { evaluateValue } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { findAction } from '@weftline/connectors/find-action';
import type { Json } from '@weftline/connectors/json';
import { isWrittenOut } from '@weftline/connectors/rules/list-requests';
import { inputSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import { encodeInput } from '@weftline/connectors/schemas/encode-input';
import type { Action, Pagination, RequestReference } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import { CodedError } from '../platform/errors.ts';
import { performAction } from './perform-action.ts';
import { type Enough, performPages } from './perform-pages.ts';
import { performRequest } from './perform-request.ts';
import type { Performance, Performed } from './perform-request.ts';
import { inputError, thrownError } from './read-error.ts';
import { createRedact } from './redact.ts';
import type { CallError, ExecutorDependencies } from './types.ts';

export type ReferencePerformance = Omit<Performance, 'request' | 'page' | 'steps' | 'checkOutput'> & {
  reference: RequestReference;
  /** For a request that is written out and gives a list in pages: then the output is the items of all pages. */
  pagination?: Pagination | undefined;
  /** Most items that pages are read for. */
  maxItems?: number;
  enough?: Enough;
};

/**
 * Performs it. Templates of a written-out request and of an action's `with` read `input`, `connection`, `now` and `more`.
 * @returns the result; expected failures are returned, not thrown
 */
export const performReference = async (
  given: ReferencePerformance,
  dependencies: ExecutorDependencies,
): Promise<Performed> => {
  const { reference, pagination, maxItems, enough, ...rest } = given;
  if (isWrittenOut(reference)) {
    if (pagination === undefined || pagination.type === 'none')
      return performRequest({ ...rest, request: reference }, dependencies);
    const request = { ...reference, pagination, maxItems } as unknown as Action;
    return performPages({ ...rest, request, ...(enough ? { enough } : {}) }, dependencies);
  }
  const fail = (error: CallError): Performed => ({
    ok: false,
    error,
    request: null,
    response: null,
    redact: createRedact(given.secretInputs),
  });
  try {
    const action = findAction(given.connector, reference.action);
    if (action === undefined)
      throw new CodedError({ code: 'not_found', message: `The app has no action "${reference.action}".` });
    const config = (await given.openConnection?.())?.config ?? {};
    const now = new Date(dependencies.now()).toISOString();
    const scope: Scope = { ...given.more, input: given.input, connection: config, now };
    const written: Json = evaluateValue(reference.with ?? {}, scope, { missing: 'drop' }) ?? {};
    const schema = inputSchemaOf(given.connector, action);
    const faults = validateValue(schema, written);
    if (faults.length > 0) return fail(inputError(faults));
    const { value: input, problems, secrets } = encodeInput(schema, written);
    if (problems.length > 0) return fail(inputError(problems));
    const secretInputs = [...rest.secretInputs, ...secrets];
    return await performAction({ ...rest, secretInputs, more: {}, request: action, input }, dependencies);
  } catch (error) {
    return fail(thrownError(error, 'no'));
  }
};

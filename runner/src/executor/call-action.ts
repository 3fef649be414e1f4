// Calls one action of one service once. Retries, journals and queues are somebody else's.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';
import { encodeInput } from '@weftline/connectors/schemas/encode-input';
import { fillDefaults } from '@weftline/connectors/schemas/fill-defaults';
import type { Action, Connector, JsonSchema } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import type { Problem } from '@weftline/connectors/problem';
import { egressError } from '../platform/egress/egress-error.ts';
import { CodedError } from '../platform/errors.ts';
import { unknownCapabilities } from './known-capabilities.ts';
import { listSecretInputs } from './list-secret-inputs.ts';
import { performAction } from './perform-action.ts';
import { inputError, thrownError } from './read-error.ts';
import { composeInputSchema, composeOutputSchema } from './compose-schemas.ts';
import { createRedact } from './redact.ts';
import type { Call, CallError, CallResult, ExecutorDependencies } from './types.ts';

export const defaultTimeoutMs = 30_000;
export const longestTimeoutMs = 300_000;

/** The time limit of a call in milliseconds: the step's, else the action's, else 30 s; 300 s at most. */
export const timeoutOf = (
  connector: Connector,
  action: Pick<Action, 'timeoutMs'>,
  stepTimeoutMs?: number,
): number =>
  Math.min(
    stepTimeoutMs ?? action.timeoutMs ?? connector.defaults?.timeoutMs ?? defaultTimeoutMs,
    longestTimeoutMs,
  );

const checkOutput = (action: Action, schema: JsonSchema, output: Json): Problem[] => {
  if (action.outputCheck === 'off') return [];
  const problems = validateValue(schema, output);
  if (problems.length > 0 && action.outputCheck === 'error')
    throw egressError(
      'response_invalid',
      'protocol',
      'answered',
      `The answer does not have the form the app describes: ${problems
        .slice(0, 3)
        .map(({ path, message }) => `${path} ${message}`)
        .join('; ')}`,
    );
  return problems;
};

/** An app can say that a call without any answer is not worth a repeat; an answer was judged where it was read. */
const judgeSilence = (connector: Connector, action: Action, error: CallError): CallError => {
  const retryOn = action.retry?.retryOn ?? connector.defaults?.retry?.retryOn;
  const isSilent = error.type === 'NETWORK' || error.type === 'TIMEOUT';
  return isSilent && error.status === undefined && retryOn?.network === false
    ? { ...error, isWorthRepeating: false }
    : error;
};

/**
 * Makes one call. Never throws for expected failures: they are the answer.
 * @returns the output (validated, secrets redacted) with request and response as they may be shown, or a `CallError`
 * @throws only what nobody foresaw
 */
export const callAction = async (call: Call, dependencies: ExecutorDependencies): Promise<CallResult> => {
  const startedAt = performance.now();
  const took = (): number => Math.round(performance.now() - startedAt);
  const refuse = (error: CallError): CallResult => ({
    ok: false,
    error,
    request: null,
    response: null,
    tookMs: took(),
  });

  const unknown = unknownCapabilities(call.connector);
  if (unknown.length > 0) {
    const { name } = call.connector.app;
    const message = `This version of ${name} needs what is not built in here: ${unknown.slice(0, 5).join(', ')}.`;
    return refuse(thrownError(new CodedError({ code: 'capability_missing', message }), 'no'));
  }
  const action = call.connector.actions.find(({ key }) => key === call.action);
  if (action === undefined) {
    const { key } = call.connector.app;
    return refuse(
      thrownError(
        new CodedError({ code: 'not_found', message: `The app "${key}" has no action "${call.action}".` }),
        'no',
      ),
    );
  }
  const inputSchema = composeInputSchema(call.connector, action);
  const input = fillDefaults(inputSchema, call.input);
  const problems = validateValue(inputSchema, input);
  const secretInputs = isJsonObject(input) ? listSecretInputs(inputSchema, input) : [];
  if (problems.length > 0) {
    const redact = createRedact(secretInputs);
    return refuse(
      inputError(problems.map((problem) => ({ ...problem, message: redact.text(problem.message) }))),
    );
  }
  const encoded = encodeInput(inputSchema, input);
  if (encoded.problems.length > 0) return refuse(inputError(encoded.problems));

  const performed = await performAction(
    {
      tenantId: call.tenantId,
      connector: call.connector,
      request: action,
      input: encoded.value,
      secretInputs: [...secretInputs, ...encoded.secrets],
      openConnection: call.openConnection,
      run: call.run,
      callChain: call.callChain,
      timeoutMs: timeoutOf(call.connector, action, call.timeoutMs),
      signal: call.signal,
      progress: { hasSent: false },
      checkOutput: (output) => checkOutput(action, composeOutputSchema(call.connector, action), output),
    },
    dependencies,
  );
  const { request, response } = performed;
  if (performed.ok && request !== null && response !== null)
    return {
      ok: true,
      output: performed.output,
      warnings: performed.warnings,
      request,
      response,
      tookMs: took(),
    };
  if (performed.ok) throw new Error('a call succeeded without a request');
  return {
    ok: false,
    error: judgeSilence(call.connector, action, performed.error),
    request,
    response,
    tookMs: took(),
  };
};

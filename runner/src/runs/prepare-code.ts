// From a code step to one attempt of it: what the pool answers, in the words the engine has for attempts.
import type { Json } from '@weftline/connectors/json';
import { codeLimits } from '../code/code-limits.ts';
import type { CodeAnswer, CodePool } from '../code/code-pool.ts';
import type { CallError } from '../executor/types.ts';
import { presetCodeMs } from '../workflow/place-work.ts';
import type { RetryPolicy } from '../workflow/retry-policy.ts';
import type { CodeStep } from '../workflow/types.ts';
import type { Attempt, AttemptResult } from './decide-run.ts';

/** Three processes are lost to a step, not more: then it is the code. */
const retry: RetryPolicy = { maxRetries: 2, initialDelayMs: 200, maxDelayMs: 2_000 };
/** How long a run stands aside when as much code as may wait is waiting already. */
const heldMs = 2_000;

type Fault = Extract<CodeAnswer, { ok: false }>['fault'];

/** Code has no effect outside, so it may always be done again; whether that can help is another question. */
const errors: { [fault in Fault]: Pick<CallError, 'code' | 'type'> & Partial<CallError> } = {
  syntax: { code: 'code_failed', type: 'PERMANENT' },
  thrown: { code: 'code_failed', type: 'PERMANENT' },
  output: { code: 'code_failed', type: 'PERMANENT' },
  input: { code: 'code_limit', type: 'PERMANENT' },
  memory: { code: 'code_limit', type: 'PERMANENT' },
  depth: { code: 'code_limit', type: 'PERMANENT' },
  time: { code: 'step_timeout', type: 'TIMEOUT', isWorthRepeating: false },
  crashed: { code: 'code_crashed', type: 'TEMPORARY' },
  full: { code: 'unavailable', type: 'TEMPORARY', isHeld: true, retryAfterMs: heldMs },
  cancelled: { code: 'cancelled', type: 'CANCELLED' },
};

function toResult(answer: CodeAnswer): AttemptResult {
  const { logs, tookMs } = answer;
  const rest = { request: null, response: null, logs, tookMs };
  if (answer.ok) return { ...rest, ok: true, output: answer.output, warnings: [] };
  const { fault, message, line, column } = answer;
  const place = { ...(line === null ? {} : { line }), ...(column === null ? {} : { column }) };
  return { ...rest, ok: false, error: { ...errors[fault], message, sent: 'no', ...place } };
}

/** Inputs: whose code it is, the step, its input with every expression filled, the key of the step, the pool. */
export function prepareCode(
  tenantId: string,
  step: CodeStep,
  input: Json,
  key: string,
  pool: Pick<CodePool, 'run'>,
): Attempt {
  const { source, timeoutMs = presetCodeMs } = step;
  return {
    key,
    input,
    safety: 'safe',
    retry,
    async call(signal) {
      const text = JSON.stringify(input);
      if (text.length > codeLimits.input)
        return toResult({
          ok: false,
          fault: 'input',
          message: `The input of the code is ${text.length} characters of JSON; ${codeLimits.input} are the most.`,
          line: null,
          column: null,
          logs: [],
          tookMs: 0,
        });
      return toResult(await pool.run(tenantId, { kind: 'run', source, input: text, timeoutMs }, signal));
    },
  };
}

// All requests of one action, in order: the steps before, its own (in pages where it has them), the steps after.
import { evaluateCondition, parseTemplate } from '@weftline/connectors/expression';
import type { Json, JsonObject } from '@weftline/connectors/json';
import { safeMethods } from '@weftline/connectors/methods';
import type { Action, AsyncJob, RequestStep } from '@weftline/connectors/types';
import { awaitJob } from './await-job.ts';
import { performPages } from './perform-pages.ts';
import { performRequest } from './perform-request.ts';
import type { Performance, Performed } from './perform-request.ts';
import { thrownError } from './read-error.ts';
import type { ReadAnswer } from './read-response.ts';
import { createRedact } from './redact.ts';
import { readAnswerPath } from './turn-page.ts';
import type { CallError, ExecutorDependencies } from './types.ts';

type ActionPerformance = Performance & { request: Action };

const readCaptures = (step: RequestStep, answer: ReadAnswer): JsonObject => {
  const captured: { [name: string]: Json } = {};
  for (const [name, path] of Object.entries(step.capture ?? {})) {
    const value = readAnswerPath(path, answer);
    if (value !== undefined) captured[name] = value;
  }
  return captured;
};

const asValue = ({ status, headers, body }: ReadAnswer): JsonObject => ({
  status,
  headers: { ...headers },
  body,
});

const isWanted = ({ when }: RequestStep, input: Json, steps: JsonObject): boolean =>
  when === undefined || evaluateCondition(parseTemplate(when.trim()), { input, steps }, { missing: 'drop' });

/** A later request that never left does not undo an earlier one that did. */
const afterActing = (performed: Performed, hasActed: boolean): Performed => {
  if (performed.ok || !hasActed) return performed;
  const error: CallError = { ...performed.error, hasActed };
  return { ...performed, error: error.sent === 'no' ? { ...error, sent: 'answered' } : error };
};

/**
 * Performs an action within one time limit.
 * @returns the output of the last request that was made, or the first failure
 */
export const performAction = async (
  given: ActionPerformance,
  dependencies: ExecutorDependencies,
): Promise<Performed> => {
  const { request: action, checkOutput, ...rest } = given;
  const { steps = [], after = [], asyncJob, pagination } = action;
  const isPaged = pagination !== undefined && pagination.type !== 'none';
  const performMain = isPaged ? performPages : performRequest;
  if (steps.length === 0 && after.length === 0 && asyncJob === undefined)
    return performMain(given, dependencies);

  const endsAt = performance.now() + given.timeoutMs;
  const captured: { [id: string]: Json } = {};
  let hasActed = false;
  const shared = () => ({
    ...rest,
    steps: captured,
    timeoutMs: Math.max(1, Math.round(endsAt - performance.now())),
  });
  const isAct = (performed: Performed): boolean =>
    performed.request !== null && !safeMethods.has(performed.request.method);

  /** The last answer of the steps that were made; undefined when none was. */
  const performSteps = async (list: readonly RequestStep[]): Promise<Performed | undefined> => {
    let last: Performed | undefined;
    for (const step of list) {
      if (!isWanted(step, given.input, captured)) continue;
      last = afterActing(await performRequest({ ...shared(), request: step }, dependencies), hasActed);
      if (!last.ok) return last;
      hasActed ||= isAct(last);
      captured[step.id] = readCaptures(step, last.answer);
    }
    return last;
  };

  /** Waits for a job and gets its outcome. */
  const performJob = async (job: AsyncJob): Promise<Performed> => {
    const { timeoutMs: _, ...common } = shared();
    const ended = afterActing(await awaitJob(job, common, endsAt, dependencies), hasActed);
    if (!ended.ok) return ended;
    captured['job'] = asValue(ended.answer);
    if (job.result === undefined) return ended;
    return afterActing(await performRequest({ ...shared(), request: job.result }, dependencies), hasActed);
  };

  try {
    const before = await performSteps(steps);
    if (before?.ok === false) return before;
    const isLast = after.length === 0 && asyncJob === undefined;
    const own = { ...shared(), request: action, ...(isLast && checkOutput ? { checkOutput } : {}) };
    const main = afterActing(await performMain(own, dependencies), hasActed);
    if (!main.ok || isLast) return main;
    hasActed ||= isAct(main);
    captured['main'] = asValue(main.answer);
    const job = asyncJob === undefined ? main : await performJob(asyncJob);
    if (!job.ok) return job;
    const last = (await performSteps(after)) ?? job;
    if (!last.ok || checkOutput === undefined) return last;
    try {
      return { ...last, warnings: checkOutput(last.output) };
    } catch (error) {
      const failure = thrownError(error, 'answered');
      const { request, response, redact } = last;
      return { ok: false, error: { ...failure, hasActed }, request, response, redact };
    }
  } catch (error) {
    // A condition that cannot be asked of what was captured.
    const redact = createRedact(given.secretInputs);
    const failure = thrownError(error, hasActed ? 'answered' : 'no');
    return { ok: false, error: { ...failure, hasActed }, request: null, response: null, redact };
  }
};

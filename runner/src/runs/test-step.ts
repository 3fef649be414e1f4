// One step of a draft tried on samples: the same preparation, the same call and the same words as in a run.
import type { Scope } from '@weftline/connectors/expression';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Problem } from '@weftline/connectors/problem';
import { uuidv7 } from 'uuidv7';
import type { SeenRequest, SeenResponse } from '../executor/types.ts';
import { isCodedError } from '../platform/errors.ts';
import { emptyState } from '../workflow/fold-journal.ts';
import { beginLoop } from '../workflow/begin-loop.ts';
import { failureOf, performStep, resolveInput } from '../workflow/perform-step.ts';
import type {
  ActionStep,
  CodeStep,
  ForEachStep,
  StepDefinition,
  StepFailure,
  WorkflowDefinition,
} from '../workflow/types.ts';
import { walkSteps } from '../workflow/step-address.ts';
import type { Calendar } from '../workflow/working-hours.ts';
import { type AttemptServices, attemptPreparer } from './prepare-attempt.ts';

export type StepTest = {
  tenantId: string;
  workflowId: string;
  workflowName: string;
  definition: WorkflowDefinition;
  step: StepDefinition;
  /** Instead of the step's own input; may hold expressions too. */
  input?: { [name: string]: Json } | undefined;
  /** What expressions read. A sample that is not there fails by its name. */
  samples: {
    trigger?: Json | undefined;
    steps: { [stepId: string]: Json };
    /** For a step in a loop; absent: the first item that the samples give the loop. */
    item?: Json;
    index?: number;
  };
  vars: { [name: string]: Json };
  /** When the workspace works; absent: the preset. */
  calendar?: Calendar;
  signal?: AbortSignal;
};

export type StepTestAnswer = {
  ok: boolean;
  /** The input with every expression filled; absent when that failed. */
  resolvedInput?: Json;
  output?: Json;
  /** For filters, branches and delays: what decided. */
  why?: string;
  error?: StepFailure;
  request?: SeenRequest | null;
  response?: SeenResponse | null;
  warnings?: Problem[];
  /** Of code: what it printed. */
  logs?: string[];
  tookMs: number;
};

function scopeOf(test: StepTest, runId: string, nowMs: number): Scope {
  const scope = outerScopeOf(test, runId, nowMs);
  const loops = [...walkSteps(test.definition.steps)].find(({ step }) => step.id === test.step.id)?.around;
  if (!loops || loops.length === 0) return scope;
  const { index = 0 } = test.samples;
  const item = 'item' in test.samples ? test.samples.item! : itemOf(loops, index, scope);
  return { ...scope, index, ...(item === undefined ? {} : { item }) };
}

/** The item that samples give the innermost loop; the loops around it stand at their first item. Undefined: they give none. */
function itemOf(loops: readonly ForEachStep[], index: number, outer: Scope): Json | undefined {
  let scope = outer;
  let item: Json | undefined;
  for (const [depth, loop] of loops.entries()) {
    try {
      const { payload } = beginLoop(loop, scope);
      const at = depth === loops.length - 1 ? index : 0;
      item = 'items' in payload && Array.isArray(payload.items) ? payload.items[at] : undefined;
    } catch (error) {
      failureOf(error);
      return undefined;
    }
    if (item === undefined) return undefined;
    scope = { ...scope, item, index: 0 };
  }
  return item;
}

function outerScopeOf(test: StepTest, runId: string, nowMs: number): Scope {
  // The output of a step that failed is its failure.
  const steps = Object.entries(test.samples.steps).map(([id, output]) => {
    const error = isJsonObject(output) && isJsonObject(output['error']) ? output['error'] : null;
    return [id, { output, error: typeof error?.['code'] === 'string' ? error : null }];
  });
  return {
    trigger: test.samples.trigger === undefined ? {} : { output: test.samples.trigger },
    steps: Object.fromEntries(steps) as { [id: string]: Json },
    vars: test.vars,
    run: {
      id: runId,
      workflowId: test.workflowId,
      workflowName: test.workflowName,
      startedAt: new Date(nowMs).toISOString(),
    },
  };
}

/** The part of a failure that is ours to explain; anything else is thrown on. */
const explain = (error: unknown): StepFailure =>
  isCodedError(error) ? { code: error.code, message: error.message } : failureOf(error);

/** A step without outside effect. Its condition `when` is left aside: the person asked for this step. */
function testPure(
  step: StepDefinition,
  scope: Scope,
  nowMs: number,
  calendar: Calendar | undefined,
): Omit<StepTestAnswer, 'tookMs'> {
  if (step.kind === 'workflow') {
    const resolved = resolveInput(step.input ?? {}, scope);
    if (!resolved.ok) return { ok: false, error: resolved.error };
    return {
      ok: true,
      resolvedInput: resolved.input,
      output: { runId: null, status: 'succeeded', output: null },
      why: 'Nothing is started while a step is tried: a run starts the other workflow with this input.',
    };
  }
  const event = performStep({ ...step, when: null, disabled: false }, scope, nowMs, null, calendar);
  switch (event?.type) {
    case 'StepCompleted':
      return {
        ok: true,
        output: event.payload.output,
        ...(event.payload.why === undefined ? {} : { why: event.payload.why }),
      };
    case 'StepWaiting':
      return {
        ok: true,
        output: { until: new Date(event.payload.untilMs).toISOString() },
        why: event.payload.why,
      };
    case 'ApprovalRequested':
      return {
        ok: true,
        output: { decision: 'approved', by: null, note: null, decidedAt: null },
        why: event.payload.why,
      };
    case 'LoopStarted': {
      const count = event.payload.items.length;
      return {
        ok: true,
        output: { items: event.payload.items.slice(0, 20), count },
        why: `Would do its steps for ${count} items. Try the steps inside one by one.`,
      };
    }
    case 'HookAwaited':
      return { ok: true, output: null, why: event.payload.why };
    case 'StepFailed':
      return { ok: false, error: event.payload.error };
    default:
      throw new TypeError(`A step of kind ${step.kind} cannot be tried`);
  }
}

async function testCalled(
  test: StepTest,
  step: ActionStep | CodeStep,
  scope: Scope,
  runId: string,
  services: AttemptServices,
): Promise<Omit<StepTestAnswer, 'tookMs'>> {
  const resolved = resolveInput(test.input ?? step.input ?? {}, scope);
  if (!resolved.ok) return { ok: false, error: resolved.error, request: null, response: null };
  const ticket = {
    tenantId: test.tenantId,
    runId,
    epoch: 0,
    workflowId: test.workflowId,
    version: 0,
    workflowName: test.workflowName,
    state: emptyState(),
  };
  const resolvedInput = resolved.input;
  try {
    const attempt = await attemptPreparer(services)(ticket, test.definition, step, resolvedInput, 1);
    const result = await attempt.call(test.signal ?? new AbortController().signal);
    const { request, response } = result;
    const seen = { request, response, ...(result.logs ? { logs: result.logs } : {}) };
    if (result.ok)
      return { ok: true, resolvedInput, output: result.output, warnings: result.warnings, ...seen };
    const { code, message, type, status, path, line, column } = result.error;
    const error: StepFailure = {
      code,
      message,
      type,
      ...(status === undefined ? {} : { status }),
      ...(path === undefined ? {} : { path }),
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    };
    return { ok: false, resolvedInput, error, ...seen };
  } catch (error) {
    return { ok: false, resolvedInput, error: explain(error), request: null, response: null };
  }
}

/**
 * Tries one step. What goes wrong in the step is the answer; only faults of ours are thrown.
 * Input: the draft with exact app versions; the services a run uses.
 */
export async function testStep(test: StepTest, services: AttemptServices): Promise<StepTestAnswer> {
  const startedAt = performance.now();
  const nowMs = Date.now();
  const runId = uuidv7();
  const { step } = test;
  const scope = scopeOf(test, runId, nowMs);
  const answer =
    step.kind === 'action' || step.kind === 'code'
      ? await testCalled(test, step, scope, runId, services)
      : testPure(step, scope, nowMs, test.calendar);
  return { ...answer, tookMs: Math.round(performance.now() - startedAt) };
}

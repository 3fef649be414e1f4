// Steps that need nothing from outside: filter, branch, transform, delay, and the condition that any step may carry. Pure.
import {
  evaluateCondition,
  evaluateValue,
  ExpressionError,
  parseTemplate,
  type Scope,
} from '@weftline/connectors/expression';
import { describeCondition } from '@weftline/connectors/expression/describe-condition';
import type { Json } from '@weftline/connectors/json';
import type { EventBody } from '../journal/events.ts';
import type { RunState, StepState } from './fold-journal.ts';
import { awaitHook, hookExpired } from './await-hook.ts';
import { beginLoop } from './begin-loop.ts';
import { performDelay } from './perform-delay.ts';
import { requestApproval } from './request-approval.ts';
import { iterationOf, iterationsAround } from './step-address.ts';
import type { StepDefinition, StepFailure, SwitchStep } from './types.ts';
import { type Calendar, presetCalendar } from './working-hours.ts';

type RunFacts = {
  id: string;
  workflowId: string;
  workflowName: string;
  hooks?: { [stepId: string]: string };
  approvals?: { [stepId: string]: string };
};

/**
 * What expressions of a run may read. Outputs of steps that have not finished are not there, so a path to them fails by name.
 * `iteration` (`each[3]`) stands for a place in the body of a loop: item and index, and the steps of this iteration and of those around it.
 */
export function scopeOf(
  state: RunState,
  run: RunFacts,
  vars: { [name: string]: Json },
  iteration = '',
): Scope {
  const around = iteration === '' ? [] : iterationsAround(`${iteration}.`);
  const steps: { [id: string]: Json } = {};
  const add = (id: string, step: StepState | undefined) => {
    if (step?.status === 'succeeded' || step?.status === 'failed')
      steps[id] =
        step.status === 'failed'
          ? { output: { error: step.error }, error: step.error }
          : { output: step.output, error: null };
  };
  for (const [address, step] of state.steps) if (!address.includes('[')) add(address, step);
  for (const one of around) {
    const place = iterationOf(`${one}.`)!;
    for (const address of state.loops.get(place.loop)?.open.get(place.index) ?? [])
      add(address.slice(one.length + 1), state.steps.get(address));
  }
  const inner = iterationOf(`${iteration}.`);
  const item = inner && state.loops.get(inner.loop)?.items[inner.index];
  return {
    trigger: { output: state.triggerOutput },
    steps,
    vars,
    run: { ...run, startedAt: new Date(state.startedAtMs).toISOString() },
    ...(inner ? { item: item ?? null, index: inner.index } : {}),
  };
}

/** An expression's fault as a step's failure. Anything else is not ours to explain and is thrown on. */
export function failureOf(error: unknown): StepFailure {
  if (!(error instanceof ExpressionError)) throw error;
  return { code: error.code, message: error.message, ...(error.path ? { path: error.path } : {}) };
}

/** Fills a step's templates; an unresolved path fails by its name. */
export function resolveInput(
  value: Json,
  scope: Scope,
): { ok: true; input: Json } | { ok: false; error: StepFailure } {
  try {
    return { ok: true, input: evaluateValue(value, scope, { missing: 'fail' }) ?? null };
  } catch (error) {
    return { ok: false, error: failureOf(error) };
  }
}

/** Why a step does not run although something leads to it; null when it runs. */
export function reasonToPass(step: StepDefinition, scope: Scope): string | null {
  if (step.disabled) return 'This step is switched off.';
  if (!step.when) return null;
  const condition = parseTemplate(step.when);
  return evaluateCondition(condition, scope, { missing: 'fail' })
    ? null
    : `Not run because ${describeCondition(condition, scope)}.`;
}

/** The first case that holds, and why; or the default way and why no case does. */
function takeCase(step: SwitchStep, scope: Scope): EventBody {
  const told: string[] = [];
  let taken: string | null = null;
  for (const { id, when } of step.cases) {
    const condition = parseTemplate(when);
    const holds = evaluateCondition(condition, scope, { missing: 'fail' });
    const why = describeCondition(condition, scope);
    if (holds) {
      told.splice(0, told.length, why);
      taken = id;
      break;
    }
    told.push(why);
  }
  const port = taken === null ? 'default' : `case-${taken}`;
  return {
    type: 'StepCompleted',
    step: step.id,
    payload: { output: { case: taken }, port, why: `Took the way "${port}" because ${told.join(' and ')}.` },
  };
}

/**
 * The entry that a step without outside effect leaves. Null for steps that act on the outside.
 * Inputs: the step, its scope, the database's time in ms, the instant it already waits for, if any, and when the workspace works.
 */
export function performStep(
  step: StepDefinition,
  scope: Scope,
  nowMs: number,
  waitedUntilMs: number | null,
  calendar: Calendar = presetCalendar,
): EventBody | null {
  try {
    if (waitedUntilMs === null) {
      const why = reasonToPass(step, scope);
      if (why) return { type: 'StepSkipped', step: step.id, payload: { why, through: true } };
    }
    switch (step.kind) {
      case 'filter':
      case 'branch': {
        const condition = parseTemplate(step.condition);
        const passed = evaluateCondition(condition, scope, { missing: 'fail' });
        const told = describeCondition(condition, scope);
        const why =
          step.kind === 'filter'
            ? passed
              ? `Went on because ${told}.`
              : `Stopped here because ${told}.`
            : `Took the way "${passed}" because ${told}.`;
        return {
          type: 'StepCompleted',
          step: step.id,
          payload: { output: { passed }, port: String(passed), why, input: { condition: step.condition } },
        };
      }
      case 'switch':
        return takeCase(step, scope);
      case 'transform':
        return {
          type: 'StepCompleted',
          step: step.id,
          payload: {
            output: evaluateValue(step.output, scope, { missing: 'fail' }) ?? null,
            input: step.output,
          },
        };
      case 'delay':
        return performDelay(step, scope, nowMs, waitedUntilMs, calendar);
      case 'forEach':
        return beginLoop(step, scope);
      case 'waitForHook':
        return waitedUntilMs === null ? awaitHook(step, scope, nowMs) : hookExpired(step);
      case 'approval':
        return waitedUntilMs === null
          ? requestApproval(step, scope, nowMs)
          : {
              type: 'ApprovalExpired',
              step: step.id,
              payload: { why: 'Nobody decided in time, so it counts as rejected.' },
            };
      default:
        return null;
    }
  } catch (error) {
    return { type: 'StepFailed', step: step.id, payload: { attempt: 1, error: failureOf(error) } };
  }
}

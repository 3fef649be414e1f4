// What a run gives to whoever started it: what its workflow says in `settings.output`, else the output of the step that finished last. Pure.
import { evaluateValue, type Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { RunState } from './fold-journal.ts';
import type { StepDefinition, WorkflowDefinition } from './types.ts';

/** Steps that only steer the run have nothing to give. */
const steering: ReadonlySet<StepDefinition['kind']> = new Set(['filter', 'branch', 'switch', 'delay']);

/**
 * The output of a run whose steps have all ended. Of steps that finished at the same moment the later one in the list counts.
 * Throws ExpressionError when `settings.output` names what is not there.
 */
export function outputOfRun(definition: WorkflowDefinition, state: RunState, scope: Scope): Json {
  const template = definition.settings?.output;
  if (template !== undefined) return evaluateValue(template, scope, { missing: 'fail' }) ?? null;
  let last: { output: Json; finishedAtMs: number } | null = null;
  for (const { id, kind } of definition.steps) {
    const step = state.steps.get(id);
    if (step?.status !== 'succeeded' || steering.has(kind)) continue;
    const finishedAtMs = step.finishedAtMs ?? 0;
    if (last === null || finishedAtMs >= last.finishedAtMs) last = { output: step.output, finishedAtMs };
  }
  return last?.output ?? null;
}

/** What a field will give for the current samples, with the very evaluator that the engine runs. */
import { evaluateValue, ExpressionError, type Scope } from '@weftline/connectors/expression';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, Samples, Step } from '../types/api.ts';

export type PreviewScope = Scope;
export type Preview =
  | { kind: 'none' }
  | { kind: 'value'; value: Json }
  | { kind: 'missing'; message: string }
  | { kind: 'wrong'; message: string };

export function hasHole(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.includes('{{');
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value).some(hasHole);
}

/** `missing`: a path does not resolve on these samples (perhaps there is no sample yet); `wrong`: it can never work. */
export function previewValue(value: Json | undefined, scope: PreviewScope): Preview {
  if (value === undefined || !hasHole(value)) return { kind: 'none' };
  try {
    return { kind: 'value', value: evaluateValue(value, scope, { missing: 'fail' }) ?? null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: error instanceof ExpressionError && error.code === 'unresolved_path' ? 'missing' : 'wrong',
      message,
    };
  }
}

/** The scope inside of loops, outermost first: item and index as the samples give the first of them. */
export function scopeInLoops(loops: readonly Step[], outer: PreviewScope): PreviewScope {
  let scope = outer;
  for (const { items } of loops) {
    const { item: _item, ...rest } = scope;
    const preview = previewValue(items, scope);
    const list = preview.kind === 'value' ? preview.value : items;
    scope = { ...rest, index: 0, ...(Array.isArray(list) && list.length > 0 ? { item: list[0]! } : {}) };
  }
  return scope;
}

/** The output of a step that failed is its failure; null for any other. */
function failureIn(output: Json): Json {
  const error = isJsonObject(output) ? output['error'] : undefined;
  return isJsonObject(error) && typeof error['code'] === 'string' ? error : null;
}

/** The scope of the engine, made of samples. Steps without a sample are not there, so that a path to them is named. */
export function scopeOfSamples(samples: Samples, workflow: { id: string; name: string }): PreviewScope {
  const { trigger, ...steps } = samples;
  return {
    ...(trigger ? { trigger: { output: trigger.value } } : { trigger: {} }),
    steps: Object.fromEntries(
      Object.entries(steps).map(([id, { value }]) => [id, { output: value, error: failureIn(value) }]),
    ),
    vars: {},
    run: {
      id: 'preview',
      workflowId: workflow.id,
      workflowName: workflow.name,
      startedAt: new Date(0).toISOString(),
    },
  };
}

// The end of an iteration, or of a loop: what is collected, and the sentence that says how it went. Pure.
import { evaluateValue, ExpressionError, type Scope } from '@weftline/connectors/expression';
import { measure } from '@weftline/connectors/expression/budget';
import type { EventBody } from '../journal/events.ts';
import { mostLoopBytes } from './begin-loop.ts';
import type { RunState } from './fold-journal.ts';
import type { LoopEnd } from './next-step.ts';
import { failureOf } from './perform-step.ts';
import { iterationAddress, localId } from './step-address.ts';
import type { StepFailure } from './types.ts';

const items = (count: number): string => (count === 1 ? '1 item' : `${count} items`);

/** The entry that ends it. `scopeAt` gives what expressions of an iteration may read; it is asked only where one collects. */
export function endLoop(end: LoopEnd, state: RunState, scopeAt: (iteration: string) => Scope): EventBody {
  const { loop } = end;
  const known = state.loops.get(loop.id)!;
  if (end.kind === 'loop') {
    const { broken, failed, done } = known;
    if (broken) return { type: 'LoopFailed', step: loop.id, payload: broken };
    const why =
      failed.length === 0
        ? `Went through ${items(done)}.`
        : `Went through ${items(done + failed.length)}, ${failed.length} of them failed.`;
    return { type: 'LoopCompleted', step: loop.id, payload: { why } };
  }
  const { index, failed } = end;
  const step = iterationAddress(loop.id, index);
  const fail = (error: StepFailure, stops = false): EventBody => ({
    type: 'IterationFailed',
    step,
    payload: { error, ...(stops ? { stops } : {}) },
  });
  const where = `for the item at index ${index}`;
  if (failed) {
    const error = state.steps.get(failed.id)?.error;
    const name = failed.name ?? localId(failed.id);
    return fail({
      ...error,
      code: error?.code ?? 'internal',
      message: `Step ${name} failed ${where}: ${error?.message ?? 'unknown'}`,
    });
  }
  try {
    const last = loop.steps.at(-1)!.id;
    const outcome = state.steps.get(`${step}.${last}`);
    const value =
      loop.collect === undefined
        ? outcome?.status === 'succeeded'
          ? outcome.output
          : null
        : (evaluateValue(loop.collect, scopeAt(step), { missing: 'fail' }) ?? null);
    if (measure(value, mostLoopBytes) + known.size > mostLoopBytes)
      return fail(
        {
          code: 'too_large',
          message: `What the loop collects is larger than ${mostLoopBytes} bytes ${where}. Let it collect less of each item.`,
        },
        true,
      );
    // The output stands in the journal once already.
    const isLast = loop.collect === undefined && outcome?.status === 'succeeded';
    return { type: 'IterationCompleted', step, payload: isLast ? { of: last } : { value } };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const failure = failureOf(error);
    return fail({ ...failure, message: `What to collect is not there ${where}: ${failure.message}` });
  }
}

// The state of a run from its journal, read a part at a time: the journal of a loop over 10,000 items is long, its state is not.
import type { RecordedEvent } from '../journal/events.ts';
import type { Journal } from '../journal/open-journal.ts';
import { applyEvent, emptyState, type RunState } from '../workflow/fold-journal.ts';

/** Runs with fewer entries are read whole, and faster than they are remembered. */
const fewEntries = 100;

/** Applies what the journal holds beyond a state to it. Entries that somebody else has applied meanwhile are passed over. */
export async function readOn(
  journal: Pick<Journal, 'read' | 'readPart'>,
  tenantId: string,
  runId: string,
  state: RunState,
): Promise<RunState> {
  const apply = (events: readonly RecordedEvent[]) => {
    for (const event of events) if (event.seq === state.nextSeq) applyEvent(state, event);
  };
  // Most runs are short, and this asks less of the database.
  const first = await journal.read(tenantId, runId, state.nextSeq - 1, fewEntries);
  apply(first);
  if (first.length < fewEntries) return state;
  for (;;) {
    const { events, newest } = await journal.readPart(tenantId, runId, state.nextSeq - 1);
    apply(events);
    if (state.nextSeq > newest || events.length === 0) return state;
  }
}

export type KeptStates = {
  /** Takes a state out: whoever has it may change it. */
  take(runId: string): RunState | null;
  keep(runId: string, state: RunState): void;
};

/** Remembers the states of a few long runs, the latest ones, so that one that goes on is not folded from its beginning again. */
export function keepStates(most = 16): KeptStates {
  const kept = new Map<string, RunState>();
  return {
    take(runId) {
      const state = kept.get(runId) ?? null;
      kept.delete(runId);
      return state;
    },
    keep(runId, state) {
      if (state.nextSeq < fewEntries) return;
      kept.delete(runId);
      kept.set(runId, state);
      if (kept.size > most) kept.delete(kept.keys().next().value!);
    },
  };
}

const readers = new WeakMap<object, KeptStates>();

/**
 * Folds a run for somebody who looks at it, many times in a row while it is under way. `look` must not keep the state: a state is
 * lent to one at a time, whoever asks for the same run meanwhile folds their own.
 */
export async function lookAtRun<T>(
  journal: Pick<Journal, 'read' | 'readPart'>,
  tenantId: string,
  runId: string,
  look: (state: RunState) => T,
): Promise<T> {
  let states = readers.get(journal);
  if (!states) readers.set(journal, (states = keepStates(8)));
  const key = `${tenantId}/${runId}`;
  const state = await readOn(journal, tenantId, runId, states.take(key) ?? emptyState());
  const seen = look(state);
  states.keep(key, state);
  return seen;
}

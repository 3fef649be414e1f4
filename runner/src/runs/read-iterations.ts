// The iterations of a loop, a page at a time, from the entries of these iterations alone: a loop over 10,000 items is never read whole.
import { type Database, Prisma } from '@weftline/prisma';
import type { RecordedEvent } from '../journal/events.ts';
import { applyEvent, emptyState, type RunState } from '../workflow/fold-journal.ts';
import { countsOf } from '../workflow/fold-loop.ts';
import { findStep, iterationAddress, placeStep } from '../workflow/step-address.ts';
import type { ForEachStep, IterationPage, IterationView, RunStatus, StepStatus } from '../workflow/types.ts';
import { viewStep } from '../workflow/view-run.ts';
import { findRunRow, type LoadDefinition } from './read-run.ts';

type Entry = { seq: number; type: string; step: string | null; payload: string; at: Date };
const eventOf = ({ seq, type, step, payload, at }: Entry) =>
  ({ seq, type, step, payload: JSON.parse(payload), atMs: at.getTime() }) as RecordedEvent;

/** The index in an address that begins with `prefix` (`each[`); NULL for other addresses. */
const indexIn = (prefix: string) => Prisma.sql`CASE WHEN starts_with(e.step, ${prefix})
  AND substr(e.step, length(${prefix}) + 1) ~ '^[0-9]{1,5}\\]' THEN split_part(substr(e.step, length(${prefix}) + 1), ']', 1)::int END`;

type Reading = { tenantId: string; runId: string; prefix: string };
type Transaction = Parameters<Parameters<Database['withTenant']>[1]>[0];

const findIndexes = (
  tx: Transaction,
  { tenantId, runId, prefix }: Reading,
  { after, take, only }: IterationPage,
) =>
  tx.$queryRaw<{ index: number }[]>`
    SELECT x.index FROM (
      SELECT ${indexIn(prefix)} AS index, e.type IN ('IterationFailed') AND e.step LIKE '%]' AS failed,
        e.type IN ('IterationFailed', 'IterationCompleted') AND e.step ~ '\\]$' AND position('.' in substr(e.step, length(${prefix}) + 1)) = 0 AS ended
      FROM run_events e WHERE e.tenant_id = ${tenantId}::uuid AND e.run_id = ${runId}::uuid AND e.step IS NOT NULL) x
    WHERE x.index > ${after}
    GROUP BY x.index
    HAVING CASE ${only ?? 'all'} WHEN 'failed' THEN bool_or(x.failed AND x.ended) WHEN 'open' THEN NOT bool_or(x.ended) ELSE true END
    ORDER BY x.index LIMIT ${take}`;

/** Entries of steps right in these iterations; of loops inside them what says how far those have come. */
const findEntries = (tx: Transaction, { tenantId, runId, prefix }: Reading, indexes: number[]) =>
  tx.$queryRaw<Entry[]>`
    SELECT e.seq, e.type, e.step, e.payload, e.at FROM run_events e
    WHERE e.tenant_id = ${tenantId}::uuid AND e.run_id = ${runId}::uuid AND ${indexIn(prefix)} = ANY(${indexes}::int[])
      AND substr(e.step, length(${prefix}) + 1) ~ '^[0-9]+\\](\\.[A-Za-z0-9_]+(\\[[0-9]+\\])?)?$'
    ORDER BY e.seq`;

/** The start of the run, which may hold what a former run had done, and that of the loop. */
const findStarts = (tx: Transaction, { tenantId, runId }: Reading, loop: string) =>
  tx.$queryRaw<Entry[]>`
    SELECT e.seq, e.type, e.step, e.payload, e.at FROM run_events e
    WHERE e.tenant_id = ${tenantId}::uuid AND e.run_id = ${runId}::uuid AND (e.seq = 0 OR (e.type IN ('LoopStarted', 'LoopFailed') AND e.step = ${loop}))
    ORDER BY e.seq`;

const statusRank: StepStatus[] = ['running', 'unknown', 'waiting'];
const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());

function viewIteration(
  loop: ForEachStep,
  index: number,
  events: readonly RecordedEvent[],
  state: RunState,
  run: RunStatus,
  hasEnded: boolean,
): IterationView {
  const at = iterationAddress(loop.id, index);
  const end = events.findLast(({ step }) => step === at);
  const known = state.loops.get(loop.id);
  const keptValue = known?.values[index];
  const isKept = keptValue !== undefined && events.length === 0;
  const isOver = end !== undefined || isKept || hasEnded;
  const steps = loop.steps.map((written) => {
    const step = placeStep(written, at);
    const of = state.steps.get(step.id);
    const inner = state.loops.get(step.id);
    const view = viewStep(step, of, run, inner && countsOf(inner));
    if (of || !isOver) return view;
    const why = isKept ? 'Kept from the run that this one repeats.' : 'The item was over before this step.';
    return { ...view, status: isKept ? ('succeeded' as const) : ('skipped' as const), why };
  });
  const base = {
    index,
    item: known?.items[index] ?? null,
    startedAt: iso(events[0]?.atMs),
    finishedAt: iso(end?.atMs),
    value: null,
    error: null,
    steps,
  };
  if (isKept)
    return {
      ...base,
      status: 'succeeded',
      why: 'Kept from the run that this one repeats.',
      value: keptValue,
    };
  if (end?.type === 'IterationFailed') {
    const { error } = end.payload;
    return { ...base, status: 'failed', why: error.message, error };
  }
  if (end?.type === 'IterationCompleted') {
    const value =
      'of' in end.payload ? (state.steps.get(`${at}.${end.payload.of}`)?.output ?? null) : end.payload.value;
    return { ...base, status: 'succeeded', why: 'All its steps have finished.', value };
  }
  if (hasEnded || run === 'failed' || run === 'cancelled')
    return { ...base, status: 'cancelled', why: 'The loop ended while this item was under way.' };
  const active = statusRank
    .map((status) => steps.find((step) => step.status === status))
    .find((step) => step !== undefined);
  return { ...base, status: active?.status ?? 'running', why: active?.why ?? 'Is being worked on.' };
}

/**
 * A page of a loop's iterations that have begun, in the order of the items. `stepId`: the loop's id, or its address where it stands in
 * another loop (`each[3].inner`). Null: no such run, or no such loop in its version.
 */
export async function readIterations(
  services: { database: Database; loadDefinition: LoadDefinition },
  tenantId: string,
  runId: string,
  stepId: string,
  page: IterationPage,
): Promise<IterationView[] | null> {
  const found = await findRunRow(services, tenantId, runId);
  const loop = found && findStep(found.definition, stepId);
  if (loop?.kind !== 'forEach') return null;
  const { status } = found!.summary;
  return services.database.withTenant(tenantId, async (tx) => {
    const reading = { tenantId, runId, prefix: `${stepId}[` };
    const state = emptyState();
    let hasEnded = false;
    for (const entry of await findStarts(tx, reading, stepId))
      if (entry.type === 'LoopFailed') hasEnded = true;
      else applyEvent(state, eventOf(entry));
    const kept = (state.loops.get(stepId)?.values ?? []).flatMap((value, index) =>
      value !== undefined && index > page.after && page.only === undefined ? [index] : [],
    );
    const begun = (await findIndexes(tx, reading, page)).map(({ index }) => index);
    const indexes = [...new Set([...kept, ...begun])].sort((a, b) => a - b).slice(0, page.take);
    if (indexes.length === 0) return [];
    const byIteration = new Map<number, RecordedEvent[]>(indexes.map((index) => [index, []]));
    for (const entry of await findEntries(tx, reading, indexes)) {
      const event = eventOf(entry);
      const index = Number(/^\d+/.exec(entry.step!.slice(reading.prefix.length))![0]);
      byIteration.get(index)!.push(event);
      // The end of an iteration would take its steps out of the state.
      if (entry.step !== iterationAddress(stepId, index)) applyEvent(state, event);
    }
    return indexes.map((index) =>
      viewIteration(loop, index, byIteration.get(index)!, state, status, hasEnded),
    );
  });
}

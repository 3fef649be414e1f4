// Random loops, also in loops, in random workflows: random outcomes, any order of answers, and processes that die.
// A failing case prints its seed; give it to fc.assert as `seed` (and `path`) to see it again.
import type { Json } from '@weftline/connectors/json';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import { type DecisionServices, openRun, type Start } from '../runs/decide-run.ts';
import { foldJournal } from './fold-journal.ts';
import { iterationOf, localId } from './step-address.ts';
import type { ForEachStep, StepDefinition, WorkflowDefinition } from './types.ts';

type Random = () => number;
function randomFrom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const below = (random: Random, most: number): number => Math.floor(random() * most);
/** A number of its own for each place, the same in every life of a run. */
function hashOf(seed: number, text: string): number {
  let hash = seed | 0;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return randomFrom(hash)();
}

type Plan = { definition: WorkflowDefinition; seed: number; fails: number };

function stepsOf(random: Random, name: string, depth: number): StepDefinition[] {
  const count = 1 + below(random, 4);
  const steps: StepDefinition[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = `${name}${index}`;
    const after = steps.filter(() => random() < 0.5).map((step) => step.id);
    const kind = random();
    if (depth < 2 && (kind < 0.25 || (depth === 0 && index === 0))) {
      const length = random() < 0.1 ? 0 : 1 + below(random, 6);
      steps.push({
        id,
        kind: 'forEach',
        after,
        items: Array.from({ length }, (_, at) => at * 10),
        atOnce: 1 + below(random, 3),
        onItemError: random() < 0.6 ? 'continue' : 'stop',
        onError: random() < 0.5 ? 'continue' : 'stop',
        steps: stepsOf(random, `${id}x`, depth + 1),
      });
    } else if (kind < 0.7)
      steps.push({
        id,
        kind: 'action',
        after,
        use: 'a@1.0.0#b',
        input: depth === 0 ? {} : { item: '{{item}}' },
      });
    else if (kind < 0.8 && depth > 0)
      steps.push({ id, kind: 'filter', after, condition: '{{item % 20 == 0}}' });
    else if (kind < 0.9) steps.push({ id, kind: 'delay', after, seconds: below(random, 5) });
    else steps.push({ id, kind: 'transform', after, output: depth === 0 ? 'top' : '{{index}}' });
  }
  return steps;
}

type End = { status: 'succeeded' | 'failed' | 'skipped'; output: Json };

/** How the steps of a list must end, told once more in the simplest words; `failed`: the list fails as a whole. */
function expectedOf(plan: Plan, steps: StepDefinition[], at: string, item: number, index: number) {
  const ends = new Map<string, End>();
  let failed = false;
  for (const step of steps) {
    const address = at === '' ? step.id : `${at}.${step.id}`;
    const leads = (from: string) => {
      const end = ends.get(from)!;
      const source = steps.find(({ id }) => id === from)!;
      if (end.status === 'skipped') return false;
      if (end.status === 'failed') return source.kind === 'forEach' && source.onError === 'continue';
      return source.kind !== 'filter' || item % 20 === 0;
    };
    let end: End = { status: 'succeeded', output: null };
    if (step.after!.length > 0 && !step.after!.some(leads)) end = { status: 'skipped', output: null };
    else if (step.kind === 'action')
      end =
        hashOf(plan.seed, address) < plan.fails
          ? { status: 'failed', output: null }
          : { status: 'succeeded', output: { from: address } };
    else if (step.kind === 'transform') end.output = at === '' ? 'top' : index;
    else if (step.kind === 'filter') end.output = { passed: item % 20 === 0 };
    else if (step.kind === 'forEach') end = expectedLoop(plan, step, address);
    ends.set(step.id, end);
    if (end.status === 'failed' && !(step.kind === 'forEach' && step.onError === 'continue')) failed = true;
  }
  return { ends, failed };
}

function expectedLoop(plan: Plan, loop: ForEachStep, address: string): End {
  const rows = (loop.items as number[]).map((item, index) => {
    const { ends, failed } = expectedOf(plan, loop.steps, `${address}[${index}]`, item, index);
    const last = ends.get(loop.steps.at(-1)!.id)!;
    return failed ? null : { value: last.status === 'succeeded' ? last.output : null };
  });
  const failures = rows.filter((row) => row === null).length;
  if (failures > 0 && loop.onItemError === 'stop') return { status: 'failed', output: null };
  const items = rows.map((row) => row?.value ?? null);
  return { status: 'succeeded', output: { items, count: items.length, failed: failures } };
}

const retried = { code: 'remote_busy', message: 'later' };

/** Runs it to its end; a process dies after a commit with the given chance, and another folds the journal and goes on. */
async function runOf(plan: Plan, random: Random, crashChance: number, found?: readonly RecordedEvent[]) {
  const journal: RecordedEvent[] = found
    ? [...found]
    : [{ type: 'WorkflowStarted', step: null, payload: { output: null }, seq: 0, atMs: 0 }];
  let nowMs = journal.at(-1)!.atMs;
  const sent = new Map<string, number>();
  let crashes = 0;
  const services = {
    loadDefinition: async () => plan.definition,
    loadVariables: async () => ({}),
    prepareAttempt: async (_ticket: unknown, _definition: unknown, step: StepDefinition, input: Json) => ({
      safety: 'idempotent',
      retry: undefined,
      key: step.id,
      input,
      call: () => Promise.reject(new Error('calls are made by the test')),
    }),
    loadAnswers: async () => [],
    hookUrl: async (_ticket: unknown, id: string) => id,
    clock: () => nowMs,
  } as unknown as DecisionServices;

  const outcomeOf = ({ step, number }: Start): EventBody => {
    const chance = hashOf(plan.seed, step.id);
    if (number === 1 && hashOf(plan.seed + 1, step.id) < 0.1)
      return { type: 'StepFailed', step: step.id, payload: { attempt: 1, error: retried, retryInMs: 100 } };
    return chance < plan.fails
      ? {
          type: 'StepFailed',
          step: step.id,
          payload: { attempt: number, error: { code: 'no', message: 'no' } },
        }
      : { type: 'StepCompleted', step: step.id, payload: { output: { from: step.id } } };
  };
  const own = async (): Promise<string | null> => {
    const state = foldJournal(journal);
    const ids = { tenantId: 't', runId: 'r', epoch: 1, workflowId: 'w', version: 1, workflowName: 'any' };
    const run = await openRun({ ...ids, state }, services, new AbortController().signal);
    const flying: Start[] = [];
    let outcomes: EventBody[] = [];
    for (;;) {
      const decision = await run.decide(outcomes);
      outcomes = [];
      if (decision.firstSeq !== journal.length) throw new Error('a gap in the journal');
      for (const [offset, body] of decision.events.entries())
        journal.push({ ...body, seq: decision.firstSeq + offset, atMs: nowMs } as RecordedEvent);
      if (decision.leave || random() < 0.1) expect(foldJournal(journal)).toEqual(state);
      if (decision.leave) {
        const { left, projection } = decision.leave;
        if (flying.length > 0) throw new Error('left with calls in flight');
        if (left !== 'waiting') return left;
        if (projection.delayMs === null) throw new Error('waits for nobody');
        nowMs += projection.delayMs;
        return null;
      }
      for (const start of decision.starts) {
        flying.push(start);
        sent.set(start.step.id, (sent.get(start.step.id) ?? 0) + 1);
      }
      if (random() < crashChance) {
        crashes += 1;
        return null;
      }
      if (flying.length === 0 && !decision.hasMore) throw new Error('nothing is in flight');
      for (let count = 1 + below(random, 3); count > 0 && flying.length > 0; count -= 1) {
        const [landed] = flying.splice(below(random, flying.length), 1);
        run.landed(landed!.step.id);
        outcomes.push(outcomeOf(landed!));
      }
    }
  };
  for (;;) {
    const end = await own();
    if (end) return { end, journal, sent, crashes };
  }
}

const isLasting = (event: RecordedEvent) =>
  event.type === 'StepCompleted' ||
  event.type === 'StepSkipped' ||
  event.type === 'LoopCompleted' ||
  event.type === 'LoopFailed' ||
  (event.type === 'StepFailed' && event.payload.retryInMs === undefined);

/** Each step of each iteration ends once and begins in an open one; of no loop more iterations are open than it says. */
function checkJournal(plan: Plan, journal: readonly RecordedEvent[]): void {
  const ended = new Set<string>();
  const open = new Map<string, Set<string>>();
  const closed = new Set<string>();
  const atOnce = new Map<string, number>();
  const walk = (steps: StepDefinition[]): void => {
    for (const step of steps)
      if (step.kind === 'forEach') {
        atOnce.set(step.id, step.atOnce ?? 1);
        walk(step.steps);
      }
  };
  walk(plan.definition.steps);
  for (const event of journal) {
    if (event.step === null) continue;
    const place = iterationOf(event.type.startsWith('Iteration') ? `${event.step}.` : event.step);
    if (place) {
      if (closed.has(place.iteration))
        throw new Error(`${event.type} of ${event.step} after its iteration (R5)`);
      const around = open.get(place.loop) ?? new Set();
      around.add(place.iteration);
      open.set(place.loop, around);
      if (around.size > atOnce.get(localId(place.loop))!) throw new Error(`${place.loop} has too many open`);
      if (event.type === 'IterationCompleted' || event.type === 'IterationFailed') {
        closed.add(place.iteration);
        around.delete(place.iteration);
        continue;
      }
    }
    if (ended.has(event.step)) throw new Error(`${event.type} of ${event.step} after it had ended (R4)`);
    if (isLasting(event)) ended.add(event.step);
  }
}

async function journey(seed: number, crashChance: number): Promise<void> {
  const random = randomFrom(seed);
  const steps = stepsOf(random, 's', 0);
  const definition: WorkflowDefinition = {
    format: 'workflow/1',
    name: 'any',
    trigger: { kind: 'manual' },
    steps,
  };
  const plan = { definition, seed, fails: random() < 0.5 ? 0 : 0.1 };
  const { end, journal, sent, crashes } = await runOf(plan, random, crashChance);
  checkJournal(plan, journal);
  const { ends, failed } = expectedOf(plan, steps, '', 0, 0);
  expect(end).toBe(failed ? 'failed' : 'succeeded');
  const state = foldJournal(journal);
  for (const step of steps) {
    const known = state.steps.get(step.id);
    if (!known || (failed && !['succeeded', 'failed', 'skipped'].includes(known.status))) continue;
    const expected = ends.get(step.id)!;
    expect([step.id, known.status]).toEqual([step.id, expected.status]);
    if (step.kind !== 'forEach' || expected.status !== 'succeeded') continue;
    expect(withoutFailures(known.output)).toEqual(expected.output);
  }
  // The same run found again by another process at any entry of its journal, calls of that moment lost.
  const cut = 1 + below(random, journal.length);
  if (cut < journal.length) {
    const again = await runOf(plan, random, 0, journal.slice(0, cut));
    expect(again.end).toBe(end);
    checkJournal(plan, again.journal);
    for (const step of steps) {
      const of = (events: readonly RecordedEvent[]) => foldJournal(events).steps.get(step.id);
      if (!failed)
        expect(withoutFailures(of(again.journal)?.output ?? null)).toEqual(
          withoutFailures(of(journal)?.output ?? null),
        );
    }
  }
  for (const [address, count] of sent)
    if (count > 2 + crashes)
      throw new Error(`${address} was sent ${count} times with ${crashes} crashes (R7)`);
}

/** Which items failed and why is told beside what was collected, at any depth. */
function withoutFailures(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutFailures);
  if (value === null || typeof value !== 'object') return value;
  // When a delay was over depends on the order of things.
  if (Object.hasOwn(value, 'until')) return null;
  const { failures: _failures, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, withoutFailures(member)]));
}

const seeds = fc.noShrink(fc.integer());

test('R4: any loop gives what its items give, in their order, each step of each iteration once, never more at once than it says', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, (seed) => journey(seed, 0)),
    { numRuns: 200 },
  );
});

test('R5: any loop does so too when its processes die in its middle again and again', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, (seed) => journey(seed, 0.15)),
    { numRuns: 150 },
  );
});

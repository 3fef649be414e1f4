// Random workflows of up to 200 steps, random outcomes, random interleavings, and a crash at any entry of the journal.
// A failing case prints its seed; give it to fc.assert as `seed` (and `path`) to see it again.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import { type DecisionServices, openRun, type Start } from '../runs/decide-run.ts';
import type { Answer } from '../questions/answers.ts';
import { settleByProbe } from '../runs/ask-probe.ts';
import { foldJournal, type RunState } from './fold-journal.ts';
import type { RepeatSafety } from './retry-policy.ts';
import type { StepDefinition, WorkflowDefinition } from './types.ts';

type Random = () => number;

/** A small generator of our own, so that one number is a whole case (mulberry32). */
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
const pick = <T>(random: Random, values: readonly T[]): T => values[below(random, values.length)]!;

type Fate = { transients: number; ends: 'succeeded' | 'failed'; safety: RepeatSafety };
type Plan = {
  definition: WorkflowDefinition;
  flags: { [id: string]: boolean };
  fates: Map<string, Fate>;
  /** Ids in an order in which sources come first. */
  order: string[];
};

function planOf(random: Random, size: number, safeties: readonly RepeatSafety[]): Plan {
  const steps: StepDefinition[] = [];
  const flags: Plan['flags'] = {};
  const fates: Plan['fates'] = new Map();
  const mayStop = random() < 0.4;
  for (let index = 0; index < size; index += 1) {
    const id = `s${index}`;
    flags[id] = random() < 0.6;
    const condition = `{{trigger.output.flags.${id}}}`;
    const after = new Set<string>();
    const reach = random() < 0.7 ? Math.min(index, 6) : index;
    const edges = index === 0 || random() < 0.06 ? 0 : 1 + below(random, 3);
    for (let count = 0; count < edges; count += 1) {
      const source = steps[index - 1 - below(random, reach)]!;
      after.add(`${source.id}${pick(random, ['', '', ...portsOf(source)])}`);
    }
    const base = {
      id,
      after: [...after],
      ...(random() < 0.3 ? { join: 'any' as const } : {}),
      ...(random() < 0.05 ? { disabled: true } : {}),
      ...(random() < 0.08 ? { when: `{{trigger.output.flags.${id}}}` } : {}),
    };
    const kind = random();
    if (kind < 0.6) {
      const onError = pick(random, ['stop', 'continue', 'port', undefined] as const);
      const fails = random() < (onError === 'continue' || onError === 'port' ? 0.3 : mayStop ? 0.04 : 0);
      fates.set(id, {
        transients: random() < 0.2 ? 1 + below(random, 2) : 0,
        ends: fails ? 'failed' : 'succeeded',
        safety: pick(random, safeties),
      });
      steps.push({
        ...base,
        kind: 'action',
        use: 'service@1.0.0#post',
        input: { id },
        ...(onError ? { onError } : {}),
      });
    } else if (kind < 0.7) steps.push({ ...base, kind: 'filter', condition });
    else if (kind < 0.77) steps.push({ ...base, kind: 'branch', condition });
    else if (kind < 0.84) {
      flags[`${id}b`] = random() < 0.5;
      const second = `{{trigger.output.flags.${id}b}}`;
      const cases = [
        { id: 'a', when: condition },
        { id: 'b', when: second },
      ];
      steps.push({ ...base, kind: 'switch', cases });
    } else if (kind < 0.9) steps.push({ ...base, kind: 'delay', seconds: below(random, 100) });
    else if (kind < 0.93) {
      // Called as its flag says, or left to expire.
      const onError = pick(
        random,
        mayStop ? (['stop', 'continue', 'port'] as const) : (['continue', 'port'] as const),
      );
      steps.push({
        ...base,
        kind: 'waitForHook',
        expiresInSeconds: flags[id] ? 1e7 : 1 + below(random, 50),
        onError,
      });
    } else if (kind < 0.96) {
      // Answered by people as its flag says, or (with a time) left to expire.
      const waits = random() < 0.3 && !flags[id] ? { expiresInSeconds: 1 + below(random, 50) } : {};
      steps.push({ ...base, kind: 'approval', title: `May ${id}?`, ...waits });
    } else {
      const output = mayStop && random() < 0.05 ? '{{trigger.output.nothing}}' : { id };
      steps.push({ ...base, kind: 'transform', output });
    }
  }
  const order = steps.map(({ id }) => id);
  // What comes first in the list must not matter where each step says what it follows.
  if (random() < 0.5) shuffle(random, steps);
  else
    for (const [index, step] of steps.entries())
      if (index > 0 && step.after!.length === 1 && step.after![0] === steps[index - 1]!.id) delete step.after;
  const definition = { format: 'workflow/1', name: 'any', trigger: { kind: 'manual' }, steps } as const;
  return { definition: definition as WorkflowDefinition, flags, fates, order };
}

const portsOf = (step: StepDefinition): string[] => {
  if (step.kind === 'filter' || step.kind === 'branch') return [':true', ':false', ':done'];
  if (step.kind === 'approval') return [':done', ':rejected'];
  if (step.kind === 'switch') return [':case-a', ':case-b', ':default', ':done'];
  return 'onError' in step && step.onError === 'port' ? [':done', ':error'] : [':done'];
};

function shuffle<T>(random: Random, values: T[]): void {
  for (let index = values.length - 1; index > 0; index -= 1) {
    const other = below(random, index + 1);
    [values[index], values[other]] = [values[other]!, values[index]!];
  }
}

type Finish = 'succeeded' | 'failed' | 'skipped' | 'through';

/** How every step must end when nothing stops the run: told once more, in the simplest words, by the order alone. */
function expectedOf({ definition, flags, fates, order }: Plan): Map<string, Finish> {
  const finish = new Map<string, Finish>();
  const byId = new Map(definition.steps.map((step) => [step.id, step]));
  const leads = (edge: string): boolean => {
    const [from, port = 'none'] = edge.split(':') as [string, string?];
    const source = byId.get(from)!;
    const ways = new Set<string>();
    const end = finish.get(from)!;
    if (end === 'through')
      ['none', 'done', source.kind === 'filter' ? 'true' : ''].forEach((way) => ways.add(way));
    if (end === 'failed' && (source.kind === 'action' || source.kind === 'waitForHook')) {
      if (source.onError === 'continue') ['none', 'done'].forEach((way) => ways.add(way));
      if (source.onError === 'port') ways.add('error');
    }
    if (end === 'succeeded') {
      const passed = (source.kind !== 'filter' && source.kind !== 'approval') || flags[from];
      if (passed) ['none', 'done'].forEach((way) => ways.add(way));
      if (source.kind === 'switch')
        ways.add(flags[from] ? 'case-a' : flags[`${from}b`] ? 'case-b' : 'default');
      if (source.kind === 'approval' && !passed) ways.add('rejected');
      if (source.kind === 'filter' || source.kind === 'branch') ways.add(String(flags[from]));
    }
    return ways.has(port);
  };
  for (const id of order) {
    const step = byId.get(id)!;
    const at = definition.steps.indexOf(step);
    const after = step.after ?? (at > 0 ? [definition.steps[at - 1]!.id] : []);
    if (after.length > 0 && !after.some(leads)) finish.set(id, 'skipped');
    else if (step.disabled || (step.when && !flags[id])) finish.set(id, 'through');
    else if (step.kind === 'transform')
      finish.set(id, typeof step.output === 'string' ? 'failed' : 'succeeded');
    else if (step.kind === 'waitForHook') finish.set(id, flags[id] ? 'succeeded' : 'failed');
    else finish.set(id, fates.get(id)?.ends ?? 'succeeded');
  }
  return finish;
}

const stops = (step: StepDefinition): boolean =>
  (step.kind !== 'action' && step.kind !== 'waitForHook') || (step.onError ?? 'stop') === 'stop';

/** One run as processes see it: calls in flight land in any order, owners die and others fold the journal and go on. */
class World {
  readonly journal: RecordedEvent[];
  nowMs = 1_000_000;
  crashes = 0;
  /** Requests that left, by step. */
  readonly sent = new Map<string, number>();
  readonly plan: Plan;
  readonly #random: Random;
  #answers: Answer[] = [];
  /** True: probes and people say what truly happened at the far side. */
  readonly isSettled: boolean;
  /** How often the far side did what a step asked for. */
  readonly happened = new Map<string, number>();

  constructor(plan: Plan, random: Random, journal?: readonly RecordedEvent[], isSettled = false) {
    this.plan = plan;
    this.isSettled = isSettled;
    this.#random = random;
    this.journal = journal
      ? [...journal]
      : [
          {
            type: 'WorkflowStarted',
            step: null,
            payload: { output: { flags: plan.flags } },
            seq: 0,
            atMs: this.nowMs,
          },
        ];
    this.nowMs = this.journal.at(-1)!.atMs;
  }

  readonly #services: DecisionServices = {
    loadDefinition: async () => this.plan.definition,
    loadVariables: async () => ({}),
    prepareAttempt: async (_ticket, _definition, step, input) => ({
      safety: this.plan.fates.get(step.id)!.safety,
      retry: undefined,
      key: `key-${step.id}`,
      input,
      call: () => Promise.reject(new Error('calls are made by the test')),
      // Every second step has a probe; the others are left to people at once.
      ...(this.isSettled && this.plan.order.indexOf(step.id) % 2 === 0
        ? { probe: { action: 'look', input: {}, ask: () => Promise.reject(new Error('asked by the test')) } }
        : {}),
    }),
    hookUrl: async (_ticket, id) => `https://here.example/hooks/resume-${id}`,
    // An answer that is not journaled yet is there again for whoever takes the run up.
    loadAnswers: async () => {
      const state = foldJournal(this.journal);
      return this.#answers.filter(({ step }) => state.steps.get(step)?.asks);
    },
    clock: () => this.nowMs,
  };

  /** Works until the run ends or a person is asked (`asks`). An owner dies with the given chance after each commit. */
  async work(crashChance: number): Promise<'succeeded' | 'failed' | 'asks'> {
    for (;;) {
      const left = await this.#own(crashChance);
      if (left) return left;
    }
  }

  async #own(crashChance: number): Promise<'succeeded' | 'failed' | 'asks' | null> {
    const state = foldJournal(this.journal);
    const ids = { tenantId: 't', runId: 'r', epoch: 1, workflowId: 'w', version: 1, workflowName: 'any' };
    const run = await openRun({ ...ids, state }, this.#services, new AbortController().signal);
    const flying: Start[] = [];
    let outcomes: EventBody[] = [];
    for (;;) {
      const decision = await run.decide(outcomes);
      outcomes = [];
      if (decision.firstSeq !== this.journal.length) throw new Error('a gap in the journal');
      decision.events.forEach((body, offset) =>
        this.journal.push({ ...body, seq: decision.firstSeq + offset, atMs: this.nowMs } as RecordedEvent),
      );
      const taken = decision.events.filter((body) => body.type === 'StepSettled');
      this.#answers = this.#answers.filter(({ step }) => !taken.some((body) => body.step === step));
      if (decision.leave || this.#random() < 0.02) expect(foldJournal(this.journal)).toEqual(state);
      if (decision.leave) {
        const { left, projection } = decision.leave;
        if (flying.length > 0 || decision.starts.length > 0) throw new Error('left with calls in flight');
        if (left === 'succeeded' || left === 'failed') return left;
        if (left !== 'waiting') throw new Error(`left as ${left}`);
        if (!projection.why) throw new Error('waits without a reason');
        const asked = this.#askedOf(state);
        if (asked.length > 0) {
          this.#give(pick(this.#random, asked));
          return null;
        }
        if (projection.delayMs === null) return 'asks';
        this.nowMs += projection.delayMs;
        return null;
      }
      for (const start of decision.starts) {
        flying.push(start);
        if (start.probe) continue;
        this.sent.set(start.step.id, (this.sent.get(start.step.id) ?? 0) + 1);
      }
      if (flying.length === 0) throw new Error('nothing is in flight and the run was not left');
      if (this.#random() < crashChance) {
        this.crashes += 1;
        // The requests of that moment may have arrived.
        for (const start of flying) if (!start.probe && this.#random() < 0.5) this.#outcomeOf(start);
        return null;
      }
      this.nowMs += below(this.#random, 50);
      // Somebody may answer while calls are in flight.
      const asked = this.#askedOf(state);
      if (asked.length > 0 && this.#random() < 0.3) this.#give(pick(this.#random, asked));
      for (let count = 1 + below(this.#random, Math.min(4, flying.length)); count > 0; count -= 1) {
        const [landed] = flying.splice(below(this.#random, flying.length), 1);
        run.landed(landed!.step.id);
        outcomes.push(...(landed!.probe ? this.#probe(landed!) : [this.#outcomeOf(landed!)]));
      }
    }
  }

  /** Steps that somebody will answer: all but those that are left to expire. */
  #askedOf(state: RunState): string[] {
    return this.plan.definition.steps
      .filter(
        (step) =>
          state.steps.get(step.id)?.asks &&
          (step.kind === 'waitForHook'
            ? this.plan.flags[step.id]
            : step.kind === 'approval'
              ? !step.expiresInSeconds
              : this.isSettled),
      )
      .map(({ id }) => id);
  }

  #give(step: string): void {
    if (this.#answers.some((answer) => answer.step === step)) return;
    const decision = this.plan.flags[step] ? 'approved' : 'rejected';
    const by = { by: 'user:u', at: '2026-01-01T00:00:00.000Z' };
    if (this.plan.fates.has(step)) {
      const given: Answer['given'] = this.happened.has(step)
        ? { decision: 'happened', output: { from: step } }
        : { decision: 'again' };
      this.#answers.push({ step, kind: 'settle', given, ...by });
      return;
    }
    const isHook = this.plan.definition.steps.some(({ id, kind }) => id === step && kind === 'waitForHook');
    this.#answers.push({
      step,
      kind: isHook ? 'hook' : 'approval',
      given: isHook ? { output: { from: step } } : { decision, note: null },
      ...by,
    });
  }

  /** A probe that tells the truth, or (one in five) nothing. */
  #probe({ step, number }: Start): EventBody[] {
    const found = this.#random() < 0.2 ? null : this.happened.has(step.id);
    return settleByProbe(step.id, number, { found, why: 'Asked.', tookMs: 1 }, null);
  }

  #outcomeOf({ step, number }: Start): EventBody {
    const fate = this.plan.fates.get(step.id)!;
    const error = { code: 'remote_refused', message: `${step.id} said no` };
    const failed = (retryInMs?: number): EventBody => ({
      type: 'StepFailed',
      step: step.id,
      payload: { attempt: number, error, ...(retryInMs === undefined ? {} : { retryInMs }) },
    });
    if (number <= fate.transients) return failed(below(this.#random, 3_000));
    if (fate.ends === 'failed') return failed();
    this.happened.set(step.id, (this.happened.get(step.id) ?? 0) + 1);
    return { type: 'StepCompleted', step: step.id, payload: { output: { from: step.id } } };
  }
}

const isLasting = (event: RecordedEvent): boolean =>
  event.type === 'StepCompleted' ||
  (event.type === 'StepSettled' && event.payload.decision === 'happened') ||
  event.type === 'HookReceived' ||
  event.type === 'HookExpired' ||
  event.type === 'ApprovalApplied' ||
  event.type === 'ApprovalExpired' ||
  event.type === 'StepSkipped' ||
  (event.type === 'StepFailed' && event.payload.retryInMs === undefined);

/** What holds of every journal: one lasting entry a step, nothing after it, sources first, one end and nothing behind it. */
function checkJournal(plan: Plan, journal: readonly RecordedEvent[]): void {
  const lasting = new Set<string>();
  const seen = new Set<string>();
  const attempts = new Map<string, number>();
  const byId = new Map(plan.definition.steps.map((step) => [step.id, step]));
  journal.forEach((event, seq) => {
    if (event.seq !== seq) throw new Error(`entry ${seq} stands at ${event.seq}`);
    if (event.step === null) {
      if (seq > 0 && seq !== journal.length - 1) throw new Error('something follows the end');
      return;
    }
    const step = byId.get(event.step)!;
    if (lasting.has(step.id)) throw new Error(`${event.type} of ${step.id} after it had finished (R4, R5)`);
    if (!seen.has(step.id)) {
      seen.add(step.id);
      const at = plan.definition.steps.indexOf(step);
      const after = step.after ?? (at > 0 ? [plan.definition.steps[at - 1]!.id] : []);
      const finished = after.map((edge) => lasting.has(edge.split(':')[0]!));
      const inOrder =
        step.join === 'any' ? finished.length === 0 || finished.includes(true) : !finished.includes(false);
      if (!inOrder) throw new Error(`${step.id} began before what it follows`);
    }
    if (event.type === 'StepDispatched') {
      const before = attempts.get(step.id) ?? 0;
      if (event.payload.attempt !== before + 1)
        throw new Error(`attempt ${event.payload.attempt} after ${before}`);
      attempts.set(step.id, event.payload.attempt);
      expect(event.payload.input).toEqual({ id: step.id });
    }
    if (isLasting(event)) lasting.add(step.id);
  });
}

const finishOf = (journal: readonly RecordedEvent[]): Map<string, Finish> => {
  const finish = new Map<string, Finish>();
  for (const [id, step] of foldJournal(journal).steps)
    if (step.status === 'skipped') finish.set(id, step.through ? 'through' : 'skipped');
    else if (step.status === 'succeeded' || step.status === 'failed') finish.set(id, step.status);
  return finish;
};
const sorted = (finish: Map<string, Finish>) => [...finish].sort(([a], [b]) => (a < b ? -1 : 1));

/** Holds the end of a run against what its plan says, whatever the order things happened in. */
function checkEnd(plan: Plan, end: 'succeeded' | 'failed', journal: readonly RecordedEvent[]): void {
  const expected = expectedOf(plan);
  const stopping = plan.definition.steps.filter((step) => expected.get(step.id) === 'failed' && stops(step));
  expect(end).toBe(stopping.length > 0 ? 'failed' : 'succeeded');
  const last = journal.at(-1)!;
  if (end === 'succeeded') expect(sorted(finishOf(journal))).toEqual(sorted(expected));
  else {
    if (last.type !== 'WorkflowFailed') throw new Error(`ended with ${last.type}`);
    expect(stopping.map(({ id }) => id)).toContain(last.payload.stepId);
    // What had finished by then has finished as it would have anyway.
    for (const [id, finish] of finishOf(journal)) expect([id, finish]).toEqual([id, expected.get(id)]);
  }
}

const seeds = fc.noShrink(fc.integer());
const repeatable: RepeatSafety[] = ['safe', 'idempotent'];

async function journey(size: number, seed: number, crashChance: number): Promise<void> {
  const random = randomFrom(seed);
  const plan = planOf(random, size, repeatable);
  const first = new World(plan, random);
  const end = await first.work(crashChance);
  if (end === 'asks') throw new Error('a person is asked although everything may be sent again');
  checkJournal(plan, first.journal);
  checkEnd(plan, end, first.journal);
  for (const [id, count] of first.sent)
    if (count > 1 + plan.fates.get(id)!.transients + first.crashes)
      throw new Error(`${id} was sent ${count} times with ${first.crashes} crashes (R7)`);
  // The same run found again by another process at any entry of its journal, calls of that moment lost.
  const cut = 1 + below(random, first.journal.length);
  const second = new World(plan, random, first.journal.slice(0, cut));
  if (cut < first.journal.length) {
    const again = await second.work(0);
    expect(again).toBe(end);
    checkJournal(plan, second.journal);
    checkEnd(plan, again as 'succeeded' | 'failed', second.journal);
  }
}

describe('any workflow, in any order of events', () => {
  test('ends as its definition says, each step finished once, after what it follows (R4, R5): 2,000 small ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 14 }), seeds, (size, seed) => journey(size, seed, 0)),
      { numRuns: 2_000 },
    );
  });

  test('does so too when its processes die again and again, and sends at most one more for each death (R5, R7)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 25 }), seeds, (size, seed) => journey(size, seed, 0.15)),
      { numRuns: 600 },
    );
  });

  test('does so with up to 200 steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(60, 120, 200), seeds, (size, seed) => journey(size, seed, 0.03)),
      { numRuns: 20 },
    );
  });

  test('never sends twice what may not be repeated: a person is asked instead (R9)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), seeds, async (size, seed) => {
        const random = randomFrom(seed);
        const plan = planOf(random, size, ['unsafe']);
        const world = new World(plan, random);
        const end = await world.work(0.2);
        checkJournal(plan, world.journal);
        for (const [id, count] of world.sent)
          if (count > 1 + plan.fates.get(id)!.transients) throw new Error(`${id} was sent ${count} times`);
        const state = foldJournal(world.journal);
        const unknown = [...state.steps.values()].filter((step) => step.status === 'unknown');
        expect(unknown.length).toBeLessThanOrEqual(world.crashes * size);
        if (world.crashes === 0) expect(unknown).toEqual([]);
        if (end === 'asks') expect(unknown.length).toBeGreaterThan(0);
        else if (end === 'succeeded') {
          expect(unknown).toEqual([]);
          checkEnd(plan, end, world.journal);
        }
        for (const step of unknown) expect(step.why).toContain('not sent again by itself');
      }),
      { numRuns: 500 },
    );
  });

  test('with probes and people who tell the truth, whatever dies, everything happens once at most and the run ends (R9)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), seeds, async (size, seed) => {
        const random = randomFrom(seed);
        const plan = planOf(random, size, ['unsafe']);
        const world = new World(plan, random, undefined, true);
        const end = await world.work(0.2);
        if (end === 'asks') throw new Error('somebody was asked and did not answer');
        checkJournal(plan, world.journal);
        checkEnd(plan, end, world.journal);
        for (const [id, count] of world.happened) expect([id, count]).toEqual([id, 1]);
        const state = foldJournal(world.journal);
        for (const [id, fate] of plan.fates)
          if (state.steps.get(id)?.status === 'succeeded') expect([id, fate.ends]).toEqual([id, 'succeeded']);
      }),
      { numRuns: 500 },
    );
  });
});

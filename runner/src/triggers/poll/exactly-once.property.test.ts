// Whatever order items come in, however late they show, however often a process dies: each item starts exactly one run.
import fc from 'fast-check';
import type { Json } from '@weftline/connectors/json';
import type { Trigger } from '@weftline/connectors/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTriggerWorld, type TriggerWorld } from '../../../testing/start-trigger-world.ts';

let shop: TriggerWorld;
beforeAll(async () => {
  shop = await startTriggerWorld();
});
afterAll(() => shop.stop());

const overlapMs = 60_000;
const startMs = Date.parse('2026-01-01T00:00:00Z');

/** An item: when it was made, and how much later the service shows it. */
type Item = { id: number; atMs: number; lateMs: number };
type Step = {
  /** How time passes before this poll, in ms. */
  passes: number;
  /** Items made meanwhile. */
  made: { age: number; lateMs: number }[];
  /** What happens to the process that polls. */
  fate: 'lives' | 'dies-before' | 'dies-after' | 'freezes';
  /** A second process looks at the same moment. */
  both: boolean;
  seed: number;
  /** Of how many items one cannot be read in full; 0: all can. */
  failing: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  passes: fc.integer({ min: 1_000, max: 300_000 }),
  made: fc.array(
    fc.record({ age: fc.integer({ min: 0, max: 999 }), lateMs: fc.integer({ min: 0, max: overlapMs }) }),
    { maxLength: 6 },
  ),
  fate: fc.constantFrom(
    'lives' as const,
    'lives' as const,
    'dies-before' as const,
    'dies-after' as const,
    'freezes' as const,
  ),
  both: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  failing: fc.constantFrom(0, 0, 1, 2, 3),
});

const shuffle = <T>(list: T[], seed: number): T[] => {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  return list
    .map((value) => ({ value, place: next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
};

test('each item that shows after the first poll starts exactly one run (W6)', async () => {
  let polls = 0;
  let started = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 9 }),
      fc.constantFrom('none' as const, 'newest-first' as const, 'oldest-first' as const),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      async (steps, order, maxItems, readsInFull) => {
        const trigger = {
          key: 'new',
          name: 'New',
          type: 'POLL',
          outputSchema: {},
          sample: {},
          poll: {
            request: { method: 'GET', endpointTemplate: '/', queryTemplate: { since: '{{cursor}}' } },
            items: 'body',
            dedupeKey: '{{item.id}}',
            order,
            maxItems,
            minIntervalMs: 10_000,
            firstRun: 'skip',
            keepSeen: 500,
            cursor: { value: '{{item.at}}', pick: 'max', type: 'date', overlapMs },
            ...(readsInFull
              ? {
                  fetch: { request: { method: 'GET', endpointTemplate: '/items/{{item.id}}' } },
                  map: '{{fetched.id}}',
                }
              : { map: '{{item.id}}' }),
          },
        } as unknown as Trigger;
        const items: Item[] = [];
        let nowMs = startMs;
        let seed = 1;
        let failing = 0;
        shop.answer(({ url }) => {
          const id = Number(/^\/items\/(\d+)$/.exec(url)?.[1] ?? 0);
          if (id > 0) return failing > 0 && (id + seed) % failing === 0 ? { status: 500 } : { body: { id } };
          const since = new URL(url, 'http://x').searchParams.get('since');
          const from = since === null ? 0 : Date.parse(since);
          const shown = items
            .filter(({ atMs, lateMs }) => atMs >= from && atMs + lateMs <= nowMs)
            .toSorted((a, b) => a.atMs - b.atMs || a.id - b.id);
          const listed =
            order === 'none' ? shuffle(shown, seed) : order === 'oldest-first' ? shown : shown.toReversed();
          return {
            body: listed.map(({ id, atMs }) => ({ id, at: new Date(atMs).toISOString() })) as Json,
          };
        });
        const one = await shop.enable(trigger);
        let firstCommitMs: number | null = null;
        for (const { passes, made, fate, both, seed: chosen, failing: faulty } of [
          ...steps,
          // In the end all that was made has shown, and time is given for what waits.
          { passes: overlapMs, made: [], fate: 'lives' as const, both: false, seed: 7, failing: 0 },
        ]) {
          nowMs += passes;
          seed = chosen;
          failing = faulty;
          for (const { age, lateMs } of made) items.push({ id: items.length + 1, atMs: nowMs - age, lateMs });
          // One that freezes before its commit wakes when another has taken over and is done.
          let wake = () => {};
          const awake = new Promise<void>((resolve) => (wake = resolve));
          let frozen = () => {};
          const isFrozen = new Promise<void>((resolve) => (frozen = resolve));
          const dying = shop.tender(
            { name: 'dying' },
            {
              async query(text, values) {
                if (!text.includes('commit_poll') || fate === 'lives')
                  return shop.services.query(text, values);
                if (fate === 'freezes') {
                  frozen();
                  await awake;
                  return shop.services.query(text, values);
                }
                if (fate === 'dies-after') await shop.services.query(text, values);
                throw new Error('killed');
              },
            },
          );
          const tenders = both ? [dying, shop.tender({ name: 'second' })] : [dying];
          await shop.makeDue(one.id);
          await Promise.all(tenders.map((tender) => tender.tend()));
          if (fate === 'freezes') {
            await Promise.race([isFrozen, dying.idle()]);
            await shop.makeDue(one.id);
            const next = shop.tender({ name: 'next' });
            await next.tend();
            await next.idle();
            wake();
          }
          await Promise.all(tenders.map((tender) => tender.idle()));
          polls += 1;
          if (firstCommitMs === null && (await one.row())['primed'] === true) firstCommitMs = nowMs;
        }
        for (let round = 0; round < 60; round += 1) {
          await shop.sql(
            "UPDATE app_triggers SET window_at = window_at - interval '1 hour', next_release_at = now() WHERE id = $1",
            [one.id],
          );
          await shop.tender().release();
          if ((await one.row())['next_release_at'] === null) break;
        }
        const expected = items
          .filter(({ atMs, lateMs }) => firstCommitMs !== null && atMs + lateMs > firstCommitMs)
          .map(({ id }) => id);
        const outputs = (await one.outputs()) as number[];
        started += outputs.length;
        expect(outputs.toSorted((a, b) => a - b)).toEqual(expected);
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
  console.log(`60 histories, ${polls} polls, ${started} runs: each item once`);
}, 240_000);

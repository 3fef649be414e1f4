// A trigger that asks for orders, for tests of polls.
import type { Json } from '@weftline/connectors/json';
import type { Poll, Trigger } from '@weftline/connectors/types';
import type { TriggerTender } from '../src/triggers/tend-triggers.ts';
import type { Enabled, TriggerWorld } from './start-trigger-world.ts';

export type Item = { id: number; at?: string; name?: string };

export const poll = (change: Partial<Poll> = {}): Trigger =>
  ({
    key: 'new-order',
    name: 'New order',
    type: 'POLL',
    outputSchema: {},
    sample: {},
    poll: {
      request: { method: 'GET', endpointTemplate: '/orders' },
      items: 'body.items',
      dedupeKey: '{{item.id}}',
      order: 'oldest-first',
      maxItems: 100,
      minIntervalMs: 10_000,
      firstRun: 'skip',
      keepSeen: 1000,
      ...change,
    },
  }) as Trigger;

export const numbered = (from: number, count: number): Item[] =>
  Array.from({ length: count }, (_, index) => ({ id: from + index }));
export const ids = (outputs: Json[]) => outputs.map((output) => (output as { id: number }).id);

/** Makes a trigger due and lets one process do what is to be done. */
export async function pollOnce(world: TriggerWorld, enabled: Enabled, tender: TriggerTender): Promise<void> {
  await world.makeDue(enabled.id);
  await tender.tend();
  await tender.idle();
}

import { loadApps, loadTriggerFixtures } from '@weftline/connectors/load-apps';
import type { TriggerFixture } from '@weftline/connectors/load-apps';
import { expect, test } from 'vitest';
import { playTrigger } from './play-triggers.ts';

const apps = loadApps();
const appOf = (key: string) => apps.find(({ app }) => app.key === key)!;
const found = apps.flatMap((connector) =>
  loadTriggerFixtures(connector).map((fixture) => ({ connector, fixture })),
);

/** All of them are played over a real socket beside the executor; here one poll, one call and one subscription of each app. */
const some = [
  ...new Map(
    found.map((entry) => {
      const { poll, call } = entry.fixture;
      return [`${entry.connector.app.key} ${poll ? 'poll' : call ? 'call' : 'subscribe'}`, entry] as const;
    }),
  ).values(),
];

test('fixtures of triggers play without a network', async () => {
  const faults: string[] = [];
  for (const { connector, fixture } of some) {
    const played = await playTrigger(connector, fixture);
    if (!played.ok)
      faults.push(`${connector.app.key} ${played.action} ${played.title}: ${played.faults.join(' ')}`);
  }
  expect(faults).toEqual([]);
  console.log(`played: ${some.length} of ${found.length} fixtures of triggers`);
});

const first = (wanted: (fixture: TriggerFixture) => boolean) =>
  structuredClone(found.find(({ fixture }) => wanted(fixture))!);
const faultsOf = async (given: { connector: (typeof found)[0]['connector']; fixture: TriggerFixture }) =>
  (await playTrigger(given.connector, given.fixture)).faults.join('\n');

test('what differs is told: runs, requests, the next place, the answer, what is kept', async () => {
  const poll = first(({ poll: told, events }) => told !== undefined && (events ?? []).length > 0);
  poll.fixture.events = [];
  poll.fixture.poll!.cursorAfter = 'elsewhere';
  poll.fixture.poll!.calls[0]!.request.url += '&more=1';
  expect(await faultsOf(poll)).toMatch(
    /The url is .*[^]*the fixture expects "elsewhere"[^]*Runs begin with \[\{/,
  );

  const none = first(({ poll: told }) => told !== undefined);
  none.fixture.poll!.calls = [];
  expect(await faultsOf(none)).toMatch(/One request more than the fixture tells[^]*It failed/);

  const call = first(({ call: told, events }) => told !== undefined && (events ?? []).length > 0);
  call.fixture.call!.body += ' ';
  call.fixture.webhook = { url: 'https://weftline.example/hooks/k', secret: 'another-secret' };
  call.fixture.credentials = {};
  expect(await faultsOf(call)).toMatch(/Runs begin with \[\]/);

  const subscription = first(({ subscribe }) => subscribe !== undefined);
  subscription.fixture.subscribe!.subscription = { other: 1 };
  expect(await faultsOf(subscription)).toMatch(/What is kept is \{/);
});

test('a fixture that names no trigger, or tells nothing, is a fault', async () => {
  const connector = appOf('alertmanager');
  expect(await faultsOf({ connector, fixture: { title: 'x', trigger: 'none' } })).toContain(
    'no trigger "none"',
  );
  expect(await faultsOf({ connector, fixture: { title: 'x', trigger: 'alert' } })).toContain(
    'has none of "poll"',
  );
  expect(
    await faultsOf({ connector, fixture: { title: 'x', trigger: 'alert', poll: { calls: [] } } }),
  ).toContain('asks for nothing');
});

import { isJsonObject, type Json } from '@weftline/connectors/json';
import { loadApps, loadTriggerFixtures } from '@weftline/connectors/load-apps';
import type { Receive } from '@weftline/connectors/types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodedError } from '../../platform/errors.ts';
import { noKeys } from './fetch-key.ts';
import { callScope, type IncomingCall } from './incoming-call.ts';
import { openCall } from './open-call.ts';
import { mostFetched } from '../fetch-item.ts';
import { listItems, mostEvents, readEvents, type EventRules } from './read-events.ts';

const callOf = (body: Json, headers: { [name: string]: string } = {}): IncomingCall => ({
  method: 'POST',
  url: 'https://weftline.example/hooks/k',
  query: {},
  headers: { 'content-type': 'application/json', ...headers },
  rawBody: Buffer.from(JSON.stringify(body)),
});
const scopeOf = (body: Json) => callScope(callOf(body), 'auto', { nowMs: 0 });
const nothing = async () => null;
const read = async (rules: EventRules, body: Json, fetchEvent: Parameters<typeof readEvents>[2] = nothing) =>
  readEvents(rules, listItems(rules, scopeOf(body)), fetchEvent);

describe('the events of a call', () => {
  test('are its body where nothing is said, else the members of a list, wherever it stands', async () => {
    expect(await read({}, { a: 1 })).toEqual([{ id: null, output: { a: 1 } }]);
    expect(await read({ items: 'events' }, { events: [1, 2] })).toHaveLength(2);
    expect(await read({ items: 'body.deep.events' }, { deep: { events: [1] } })).toHaveLength(1);
    expect(await read({ items: 'body' }, [1, 2, 3])).toHaveLength(3);
    expect(await read({ items: 'body[*].changes' }, [{ changes: [1, 2] }, { changes: [3] }])).toHaveLength(2);
    // One event alone is often no list.
    expect(await read({ items: 'body.event' }, { event: { id: 1 } })).toEqual([
      { id: null, output: { id: 1 } },
    ]);
    expect(await read({ items: 'body.events' }, {})).toEqual([]);
  });

  test('have ids as text; what does not resolve is none', async () => {
    const rules = { items: 'body', eventId: '{{item.id}}' };
    const events = await read(rules, [
      { id: 7 },
      { id: 'x' },
      { id: null },
      {},
      { id: '' },
      { id: { a: 1 } },
    ]);
    expect(events.map(({ id }) => id)).toEqual(['7', 'x', null, null, null, '{"a":1}']);
  });

  test('that only name something are read one by one, those that are gone left out', async () => {
    const rules: EventRules = {
      items: 'body',
      eventId: '{{item}}',
      fetch: { request: { method: 'GET', endpointTemplate: '/{{item}}' } },
      map: '{{fetched.of}}',
    };
    let busy = 0;
    let most = 0;
    const events = await read(
      rules,
      Array.from({ length: 30 }, (_, index) => index),
      async (_fetch, scope) => {
        most = Math.max(most, (busy += 1));
        await Promise.resolve();
        busy -= 1;
        return scope['item'] === 3 ? null : { of: scope['item']! };
      },
    );
    expect(events).toHaveLength(29);
    expect(events.at(-1)).toEqual({ id: '29', output: 29 });
    expect(most).toBeLessThanOrEqual(8);
    await expect(
      read(
        rules,
        Array.from({ length: mostFetched + 1 }, () => 1),
      ),
    ).rejects.toMatchObject({
      code: 'too_large',
    });
    await expect(
      read(
        { items: 'body' },
        Array.from({ length: mostEvents + 1 }, () => 1),
      ),
    ).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  test('give nothing to read of what is for conditions and requests alone', async () => {
    const unshown = { subscription: { id: 's1', secret: 'hidden' } };
    const rules: EventRules = {
      filter: "{{subscription.id == 's1'}}",
      eventId: '{{subscription.id}}',
      map: { leak: '{{subscription.secret}}' },
    };
    expect(await readEvents(rules, listItems(rules, scopeOf({})), nothing, unshown)).toEqual([
      { id: null, output: {} },
    ]);
  });
});

/** The bodies of an app's fixtures, each with one of its members changed into anything. */
function changed(body: Json): fc.Arbitrary<Json> {
  const paths: (string | number)[][] = [];
  const walk = (value: Json, path: (string | number)[]): void => {
    paths.push(path);
    if (path.length > 6) return;
    if (Array.isArray(value)) value.forEach((member, index) => walk(member, [...path, index]));
    else if (isJsonObject(value))
      for (const [name, member] of Object.entries(value)) walk(member, [...path, name]);
  };
  walk(body, []);
  const put = (value: Json, [head, ...rest]: (string | number)[], next: Json): Json => {
    if (head === undefined) return next;
    if (Array.isArray(value))
      return value.map((member, index) => (index === head ? put(member, rest, next) : member));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, name === head ? put(member, rest, next) : member]),
    );
  };
  return fc
    .tuple(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }))
    .map(([path, next]) => put(body, path, next as Json));
}

const received = loadApps().flatMap((connector) =>
  loadTriggerFixtures(connector).flatMap((fixture) => {
    const trigger = connector.triggers?.find(({ key }) => key === fixture.trigger);
    const receive: Receive | undefined = trigger?.webhook?.receive ?? connector.ingress?.receive;
    if (!fixture.call || !receive) return [];
    let body: Json;
    try {
      body = JSON.parse(fixture.call.body) as Json;
    } catch {
      return [];
    }
    return [
      { name: `${connector.app.key} ${fixture.trigger}: ${fixture.title}`, receive, trigger, fixture, body },
    ];
  }),
);

test.each(received)(
  'whatever a service sends instead of "$name" is events, none, or a refusal',
  async (given) => {
    const { receive, trigger, fixture, body } = given;
    const { match, map, fetch } = trigger?.ingress ?? {};
    const rules: EventRules = trigger?.ingress
      ? { ...receive, match: match!, ...(map === undefined ? {} : { map }), fetch }
      : receive;
    await fc.assert(
      fc.asyncProperty(changed(body), async (next) => {
        const call = callOf(next, fixture.call!.headers);
        const values = { nowMs: 0, input: (fixture.input ?? {}) as { [name: string]: Json } };
        const open = { ...receive, verify: [], secretInUrl: true };
        const opened = openCall({ receive: open, call, values, fetchKey: noKeys, ownSecrets: [] });
        try {
          await opened.handshake();
          opened.checkBody();
          await readEvents(rules, listItems(rules, opened.scope), async () => next, { subscription: {} });
          await opened.answer(receive.respond);
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
          expect(['not_parseable', 'too_large']).toContain(error.code);
        }
      }),
      { numRuns: 40 },
    );
  },
);

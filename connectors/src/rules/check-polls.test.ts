import { describe, expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Connector, Pagination, Poll, SubscriptionRequest, Trigger, Webhook } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const poll: Poll = {
  request: { method: 'GET', endpointTemplate: '/items', queryTemplate: { since: '{{cursor}}' } },
  items: 'body.items',
  dedupeKey: '{{item.id}}',
  order: 'none',
  maxItems: 10,
  minIntervalMs: 60_000,
  firstRun: 'skip',
  keepSeen: 100,
};
const pages: Pagination = {
  type: 'page',
  items: 'body.items',
  send: { in: 'query', name: 'page' },
};
const base = { key: 'thing', name: 'Thing', outputSchema: { type: 'object' }, sample: {} };
const action = (effect: 'read' | 'create') => ({
  key: 'list',
  name: 'List',
  effect,
  method: 'GET' as const,
  endpointTemplate: '/items',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  outputSchema: {},
});
const problems = (trigger: Partial<Trigger>, change: Partial<Connector> = {}) =>
  validateConnector(
    {
      ...(baseConnector() as unknown as Connector),
      ...change,
      triggers: [{ ...base, ...trigger } as Trigger],
    },
    'save',
  ).map(({ path, code }) => `${path.replace('/triggers/0/', '')} ${code}`);
const polls = (change: Partial<Poll>, more: Partial<Connector> = {}) =>
  problems({ type: 'POLL', poll: { ...poll, ...change } }, more);

describe('a poll', () => {
  test('may ask, in pages too, and look back where its cursor is a date', () => {
    expect(polls({})).toEqual([]);
    expect(polls({ pagination: pages })).toEqual([]);
    expect(polls({ cursor: { value: '{{item.at}}', pick: 'max', type: 'date', overlapMs: 60_000 } })).toEqual(
      [],
    );
    expect(polls({ request: { action: 'list' }, items: 'output' }, { actions: [action('read')] })).toEqual(
      [],
    );
  });

  test('changes nothing', () => {
    expect(polls({ request: { method: 'DELETE', endpointTemplate: '/items' } })).toContain(
      'poll/request/method unsafe_poll',
    );
    expect(polls({ request: { action: 'list' }, items: 'output' }, { actions: [action('create')] })).toEqual([
      'poll/request/action unsafe_poll',
    ]);
  });

  test('has one list and one way to its further pages', () => {
    expect(polls({ pagination: pages, items: 'body.others' })).toEqual(['poll/items two_lists']);
    expect(polls({ items: 'items' })).toEqual(['poll/items bad_path']);
    expect(polls({ pagination: { type: 'page', items: 'body.items' } as Pagination })).toEqual([
      'poll/pagination/send missing_key',
    ]);
    expect(
      polls(
        { request: { action: 'list' }, items: 'output', pagination: pages },
        { actions: [action('read')] },
      ),
    ).toEqual(['poll/pagination mixed_modes']);
  });

  test('may pass items over and read each new one in full, by a request that changes nothing', () => {
    const get = (endpointTemplate: string) => ({ request: { method: 'GET' as const, endpointTemplate } });
    expect(
      polls({
        filter: "{{item.kind == 'order' && item.shop == connection.shop}}",
        fetch: get('/items/{{item.id}}/{{cursor}}'),
        map: { id: '{{item.id}}', total: '{{fetched.total}}' },
      }),
    ).toEqual(['poll/filter undeclared_name']);
    expect(
      polls(
        {
          filter: '{{item.total > 10}}',
          fetch: { request: { action: 'list', with: {} } },
          map: '{{fetched}}',
        },
        { actions: [action('read')] },
      ),
    ).toEqual([]);
    expect(polls({ map: '{{fetched.total}}' })).toEqual(['poll/map unknown_root']);
    expect(polls({ filter: '{{fetched.total > 1}}', fetch: get('/items/{{item.id}}') })).toEqual([
      'poll/filter unknown_root',
    ]);
    expect(polls({ fetch: get('/items/{{body.id}}') })).toEqual([
      'poll/fetch/request/endpointTemplate unknown_root',
    ]);
    expect(polls({ fetch: { request: { action: 'gone' } } })).toEqual([
      'poll/fetch/request/action unknown_action',
    ]);
    expect(polls({ fetch: { request: { action: 'list' } } }, { actions: [action('create')] })).toEqual([
      'poll/fetch/request/action unsafe_poll',
    ]);
    expect(
      polls({ fetch: { request: { method: 'DELETE', endpointTemplate: '/items/{{item.id}}' } } }),
    ).toEqual(['poll/fetch/request/method unsafe_poll']);
    const graphql = { query: 'mutation m { archive(id: 1) { id } }' };
    expect(
      polls({
        fetch: { request: { method: 'POST', endpointTemplate: '/graphql', bodyFormat: 'graphql', graphql } },
      }),
    ).toEqual(['poll/fetch/request/graphql/query unsafe_poll']);
  });

  test('looks back by dates alone, and falls back to nothing', () => {
    expect(polls({ cursor: { value: '{{item.id}}', pick: 'max', overlapMs: 1 } })).toEqual([
      'poll/cursor/overlapMs unknown_key',
    ]);
    expect(problems({ type: 'POLL', poll, fallback: 'POLL' })).toEqual(['fallback mixed_modes']);
  });
});

describe('a subscription', () => {
  const subscribe: SubscriptionRequest = {
    method: 'POST',
    endpointTemplate: '/hooks',
    bodyTemplate: { url: '{{webhook.url}}', secret: '{{webhook.secret}}' },
    capture: { id: 'body.id' },
  };
  const unsubscribe: SubscriptionRequest = {
    method: 'DELETE',
    endpointTemplate: '/hooks/{{subscription.id}}',
  };
  const webhook = (change: Partial<Webhook>, more: Partial<Trigger> = {}) =>
    problems({
      type: 'WEBHOOK',
      webhook: {
        subscribe,
        unsubscribe,
        receive: { verify: [], secretInUrl: true, eventId: '{{body.id}}' },
        ...change,
      },
      ...more,
    });

  test('keeps what later requests need, and may compare an answer with its own address', () => {
    const check: SubscriptionRequest = {
      method: 'GET',
      endpointTemplate: '/hooks/mine',
      successWhen: '{{body.url == webhook.url && body.id == subscription.id}}',
    };
    expect(webhook({ check })).toEqual([]);
  });

  test('names only what it keeps', () => {
    expect(
      webhook({ unsubscribe: { ...unsubscribe, endpointTemplate: '/hooks/{{subscription.key}}' } }),
    ).toEqual(['webhook/unsubscribe/endpointTemplate undeclared_name']);
    expect(
      webhook({
        renew: {
          request: { method: 'POST', endpointTemplate: '/hooks/{{subscription.id}}/renew' },
          expiresAt: '{{subscription.expires}}',
          beforeMs: 60_000,
        },
      }),
    ).toEqual(['webhook/renew/expiresAt undeclared_name']);
    expect(webhook({ unsubscribe: { ...unsubscribe, capture: { id: 'body.id' } } })).toEqual([
      'webhook/unsubscribe/capture unknown_key',
    ]);
  });

  test('that polls too needs an id that makes both ways one event', () => {
    const both = { fallback: 'POLL' as const, poll };
    expect(webhook({}, both)).toEqual([]);
    expect(webhook({ receive: { verify: [], secretInUrl: true } }, both)).toEqual([
      'webhook/receive/eventId missing_key',
    ]);
  });
});

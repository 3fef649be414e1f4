import { describe, expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Connector, Handshake, Receive, SenderCheck } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const signed: SenderCheck = {
  scheme: 'hmac',
  algorithm: 'sha256',
  secret: '{{webhook.secret}}',
  content: '{{rawBody}}',
  signature: "{{headers['x-signature']}}",
  encoding: 'hex',
};
const trigger = {
  key: 'thing',
  name: 'Thing',
  outputSchema: { type: 'object' },
  sample: {},
};
const codesOf = (change: Partial<Connector>, path: string): string[] =>
  validateConnector({ ...(baseConnector() as unknown as Connector), ...change }, 'save').map(
    (problem) => `${problem.path.replace(path, '')} ${problem.code}`,
  );
const codes = (receive: Partial<Receive>, change: Partial<Connector> = {}): string[] =>
  codesOf(
    {
      ...change,
      triggers: [{ ...trigger, type: 'WEBHOOK', webhook: { receive: { verify: [signed], ...receive } } }],
    },
    '/triggers/0/webhook/receive/',
  );
const ingressCodes = (receive: Partial<Receive>): string[] =>
  codesOf(
    {
      connectionSchema: { type: 'object', properties: { team: { type: 'string' } } },
      ingress: {
        receive: { verify: [{ ...signed, secret: '{{credentials.apiKey}}' }], ...receive },
        routeBy: { event: '{{body.team}}', connection: 'team' },
      },
      triggers: [{ ...trigger, type: 'INGRESS', ingress: { match: "{{body.type == 'thing'}}" } }],
    },
    '/ingress/receive/',
  );
const handshake = (more: Partial<Handshake>): Partial<Receive> => ({
  handshake: [{ when: "{{body.type == 'check'}}", ...more }],
});

describe('what a run, a receipt or a line of a list is made of', () => {
  test('reads the call, the event, input and connection', () => {
    expect(
      codes({
        items: 'body.events',
        eventId: '{{item.id}} {{index}}',
        filter: "{{item.type == 'x' && subscription.id == headers['x-id']}}",
        map: { a: '{{item}}', b: '{{query.b}}' },
      }),
    ).toEqual([]);
    expect(ingressCodes({ items: 'body.events', eventId: '{{item.id}}' })).toEqual([]);
  });

  test.each(['credentials.apiKey', 'webhook.secret', 'webhook.url', 'stored.secret'])(
    'never reads %s',
    (name) => {
      const stores = handshake({ store: { secret: '{{headers.s}}' } });
      for (const part of [
        { eventId: `{{${name}}}` },
        { filter: `{{${name} == headers.x}}` },
        { map: { deep: [`{{sha256(${name})}}`] } },
        { fetch: { request: { action: 'list-things', with: { q: `{{${name}}}` } } } },
      ])
        expect(codes({ ...stores, ...part }).length, JSON.stringify(part)).toBeGreaterThan(0);
    },
  );

  test('never reads what subscribing captured, which may be a secret; filters and requests may', () => {
    expect(codes({ map: '{{subscription.secret}}' })).toEqual(['map unknown_root']);
    expect(codes({ eventId: '{{subscription.secret}}' })).toEqual(['eventId unknown_root']);
    expect(codes({ filter: '{{subscription.id == body.id}}' })).toEqual([]);
  });

  test('has an id of its own for every part that is fetched', () => {
    const fetch = {
      request: { method: 'GET', endpointTemplate: '/changes/{{subscription.id}}' },
      items: 'body.changes',
    };
    expect(codes({ fetch, eventId: '{{body.id}}' })).toEqual(['eventId event_id_of_parts']);
    expect(codes({ fetch, eventId: '{{fetched.id}}', map: '{{fetched}}' })).toEqual([]);
    expect(codes({ eventId: '{{fetched.id}}' })).toEqual(['eventId unknown_root']);
  });
});

describe('a sender check', () => {
  const one = (change: Partial<SenderCheck>, more: Partial<Connector> = {}) =>
    codes({ verify: [{ ...signed, ...change }] }, more);

  test('takes its secret from us and its signature from the call', () => {
    expect(one({})).toEqual([]);
    expect(one({ secret: "{{headers['x-secret']}}" })).toEqual([
      'verify/0/secret trusts_caller',
      'verify/0/secret secret_in_document',
    ]);
    expect(one({ secret: 'swordfish' })).toEqual(['verify/0/secret secret_in_document']);
    expect(one({ signature: '{{webhook.secret}}' })).toEqual(['verify/0/signature trusts_caller']);
    const token: SenderCheck = {
      scheme: 'sharedToken',
      value: '{{webhook.secret}}',
      secret: '{{webhook.secret}}',
    };
    expect(codes({ verify: [token] })).toEqual(['verify/0/value trusts_caller']);
  });

  test('signs its time', () => {
    const timestamp = { value: '{{headers.t}}', unit: 'seconds' as const, toleranceSeconds: 300 };
    expect(one({ timestamp })).toEqual(['verify/0/timestamp/value unsigned_time']);
    expect(one({ timestamp, content: '{{headers.t}}.{{rawBody}}' })).toEqual([]);
    expect(one({ timestamp: { ...timestamp, value: '{{body.sentAt}}' } })).toEqual([]);
    expect(codes({ maxAgeSeconds: 60 })).toEqual(['maxAgeSeconds missing_time']);
  });

  test('of a token names one kind of algorithm', () => {
    const token: SenderCheck = {
      scheme: 'jwt',
      token: '{{headers.authorization}}',
      algorithms: ['HS256'],
      key: '{{credentials.apiKey}}',
    };
    expect(codes({ verify: [token] })).toEqual([]);
    expect(codes({ verify: [{ ...token, algorithms: ['HS256', 'RS256'] }] })).toEqual([
      'verify/0/algorithms mixed_algorithms',
    ]);
  });

  test('lets a call name its key only where every host of the app is written out', () => {
    const rsa: SenderCheck = {
      scheme: 'rsa-sha256',
      keyUrl: '{{body.cert}}',
      content: '{{body.text}}',
      signature: '{{body.signature}}',
      encoding: 'base64',
    };
    expect(codes({ verify: [rsa] }, { allowedHosts: ['api.acme-crm.example'] })).toEqual([]);
    expect(codes({ verify: [rsa] }, { allowedHosts: ['api.acme-crm.example', '*.cloud.example'] })).toEqual([
      'verify/0/keyUrl open_key_host',
    ]);
  });

  test('of the one address knows no secret of a workflow', () => {
    expect(ingressCodes({})).toEqual([]);
    expect(ingressCodes({ verify: [signed] })).toEqual(['verify/0/secret undeclared_name']);
    expect(ingressCodes({ map: '{{body}}' })).toEqual(['map mixed_modes']);
    const ingress = {
      receive: { verify: [], secretInUrl: true },
      routeBy: { event: '{{body.a}}', connection: 'b' },
    };
    expect(codesOf({ ingress }, '/ingress/')).toEqual(['routeBy/connection undeclared_name']);
  });
});

describe('an answer', () => {
  const answer = (body: string, verifyFirst = true) =>
    codes(handshake({ verifyFirst, respond: { status: 200, body } }));

  test('holds a secret only as the key of a keyed hash, for callers that have proved who they are', () => {
    expect(answer('{{hmacSha256(body.text, webhook.secret)}}')).toEqual([]);
    expect(answer('{{hmacSha256(body.text, webhook.secret)}}', false)).toEqual([
      'handshake/0/verifyFirst unverified_secret_answer',
    ]);
    for (const leak of [
      'webhook.secret',
      'sha256(webhook.secret)',
      'hmacSha256(webhook.secret, body.key)',
      'webhook',
    ])
      expect(answer(`{{${leak}}}`), leak).toEqual(['handshake/0/respond/body secret_in_answer']);
    expect(answer('{{body.challenge}} {{webhook.url}}', false)).toEqual([]);
  });

  test('is nothing that a browser would run', () => {
    const respond = { status: 200, body: '{{body.challenge}}' };
    expect(codes({ respond: { ...respond, contentType: 'text/html' } })).toEqual([
      'respond/contentType bad_content_type',
    ]);
    for (const contentType of ['text/xml', 'text/plain; charset=utf-8', 'application/problem+json'])
      expect(codes({ respond: { ...respond, contentType } })).toEqual([]);
    expect(codes({ respond: { ...respond, contentType: 'text/plain\r\nx-more: 1' } })).toEqual([
      'respond/contentType bad_content_type',
    ]);
    expect(codes({ respond: { ...respond, headersTemplate: { 'Set-Cookie': 'a=b' } } })).toEqual([
      'respond/headersTemplate/Set-Cookie bad_header',
    ]);
  });
});

test('a handshake is told by what the call says, not by comparing a secret', () => {
  const challenge = { respond: { status: 200, body: "{{query['hub.challenge']}}" } };
  expect(codes({ handshake: [{ when: "{{query['hub.token'] == webhook.secret}}", ...challenge }] })).toEqual([
    'handshake/0/when secret_in_condition',
  ]);
  const token: SenderCheck = {
    scheme: 'sharedToken',
    value: "{{query['hub.token']}}",
    secret: '{{webhook.secret}}',
  };
  const asked = { when: "{{query['hub.mode'] == 'subscribe'}}", verifyFirst: true, ...challenge };
  expect(codes({ verify: [signed, token], handshake: [asked] })).toEqual([]);
});

describe('a handshake that makes a request', () => {
  const confirm = { method: 'GET', endpointTemplate: '{{body.url}}', auth: 'none' } as const;
  test('is verified first and takes no credentials to an address that the call names', () => {
    const hosts = { allowedHosts: ['api.acme-crm.example'] };
    expect(codes(handshake({ verifyFirst: true, confirm }), hosts)).toEqual([]);
    expect(codes(handshake({ confirm }), hosts)).toEqual(['handshake/0/verifyFirst unverified_confirm']);
    const { auth: _, ...inherited } = confirm;
    expect(codes(handshake({ verifyFirst: true, confirm: inherited }), hosts)).toEqual([
      'handshake/0/confirm/auth credentials_to_named_address',
    ]);
  });
});

// The corpus of signatures, each of its schemes written as a connector would write it.
import { readFileSync } from 'node:fs';
import type { Receive, SenderCheck } from '@weftline/connectors/types';
import { describe, expect, test } from 'vitest';
import { noKeys } from './fetch-key.ts';
import { callScope, secretScope, type CallValues, type IncomingCall } from './incoming-call.ts';
import { readEventId } from './read-events.ts';
import { verifySender } from './verify-sender.ts';

type Case = {
  id: string;
  scheme: string;
  config: {
    secrets?: string[];
    public_keys?: string[];
    header?: string;
    id_header?: string;
    algorithm?: string;
  };
  now: number;
  request: { method: string; headers: [string, string][]; body_b64: string };
  expect: 'accept' | 'reject' | 'either';
  reason?: string;
  steps?: { expect: 'accept'; creates_run: boolean }[];
};
const corpus = JSON.parse(
  readFileSync(new URL('../../../fixtures/corpora/webhooks-signatures.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

/** What a connector says for each scheme of the corpus; `SECRET` stands for where that service's secret is. */
const hmac: SenderCheck = {
  scheme: 'hmac',
  algorithm: 'sha256',
  secret: 'SECRET',
  content: '{{rawBody}}',
  encoding: 'hex',
};
const stripeTime = "{{match(headers['stripe-signature'], '(?:^|,)t=([0-9]+)')}}";
const schemes: { [scheme: string]: (config: Case['config']) => Receive } = {
  'standard-webhooks': () => ({ verify: [{ scheme: 'standardWebhooks', secret: 'SECRET' }] }),
  github: () => ({
    verify: [{ ...hmac, signature: "{{headers['x-hub-signature-256']}}", prefix: 'sha256=' }],
    eventId: "{{headers['x-github-delivery']}}",
  }),
  stripe: () => ({
    verify: [
      {
        ...hmac,
        content: `${stripeTime}.{{rawBody}}`,
        signature: "{{headers['stripe-signature']}}",
        list: { separator: ',', key: 'v1' },
        timestamp: { value: stripeTime, unit: 'seconds', toleranceSeconds: 300 },
      },
    ],
    eventId: '{{body.id}}',
  }),
  slack: () => ({
    bodyFormat: 'form',
    verify: [
      {
        ...hmac,
        content: "v0:{{headers['x-slack-request-timestamp']}}:{{rawBody}}",
        signature: "{{headers['x-slack-signature']}}",
        prefix: 'v0=',
        timestamp: {
          value: "{{headers['x-slack-request-timestamp']}}",
          unit: 'seconds',
          toleranceSeconds: 300,
        },
      },
    ],
    eventId: '{{body.event_id}}',
  }),
  'hmac-hex': ({ header, algorithm = 'sha256', id_header }) => ({
    verify: [{ ...hmac, algorithm: algorithm as 'sha256', signature: `{{headers['${header}']}}` }],
    eventId: `{{headers['${id_header}']}}`,
  }),
  'hmac-base64': ({ header, id_header }) => ({
    verify: [{ ...hmac, signature: `{{headers['${header}']}}`, encoding: 'base64' }],
    eventId: `{{headers['${id_header}']}}`,
  }),
};

/** As Node hands headers on: small names, repeated ones joined. */
const headersOf = (pairs: [string, string][]): { [name: string]: string } => {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of pairs) {
    const small = name.toLowerCase();
    headers[small] = small in headers ? `${headers[small]}, ${value}` : value;
  }
  return headers;
};

const callOf = (request: Case['request']): IncomingCall => ({
  method: request.method,
  url: 'https://weftline.example/hooks/k',
  query: {},
  headers: headersOf(request.headers),
  rawBody: Buffer.from(request.body_b64, 'base64'),
});

/** One check for each secret that is in force. */
const withSecrets = (receive: Receive, secrets: string[]): Receive => ({
  ...receive,
  verify: secrets.flatMap((_, index) =>
    receive.verify.map((check) => ({ ...check, secret: `{{credentials.secret${index}}}` })),
  ),
});

function judge(receive: Receive, call: IncomingCall, values: CallValues) {
  const scope = callScope(call, receive.bodyFormat, values);
  return verifySender(receive, {
    call,
    scope: secretScope(scope, values),
    nowMs: values.nowMs,
    fetchKey: noKeys,
  });
}

describe('the corpus of signatures, each scheme as data of a connector', () => {
  // Content encodings are refused at the door, before any signature is looked at: take-hook.test.ts.
  const decidable = corpus.cases.filter(({ reason }) => reason !== 'unsupported_encoding');

  test.each(decidable.map((entry) => [entry.id, entry] as const))('%s', async (_, entry) => {
    const secrets = entry.config.secrets ?? entry.config.public_keys ?? [];
    const receive = withSecrets(schemes[entry.scheme]!(entry.config), secrets);
    const credentials = Object.fromEntries(secrets.map((secret, index) => [`secret${index}`, secret]));
    const verdict = await judge(receive, callOf(entry.request), { credentials, nowMs: entry.now * 1000 });
    if (entry.expect === 'either') return;
    expect(verdict.ok, JSON.stringify(verdict)).toBe(entry.expect === 'accept');
    if (entry.steps && receive.eventId)
      expect(
        readEventId(receive.eventId, callScope(callOf(entry.request), receive.bodyFormat, { nowMs: 0 })),
      ).toBeTruthy();
  });

  test('is whole: 69 cases, 33 of them not Standard Webhooks', () => {
    expect(corpus.cases).toHaveLength(69);
    expect(decidable).toHaveLength(68);
    expect(corpus.cases.filter(({ scheme }) => scheme !== 'standard-webhooks')).toHaveLength(33);
    expect(corpus.cases.every(({ scheme }) => scheme in schemes)).toBe(true);
  });
});

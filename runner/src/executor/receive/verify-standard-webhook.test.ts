import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { toleranceSeconds, verifyStandardWebhook } from './verify-standard-webhook.ts';

type Case = {
  id: string;
  scheme: string;
  config: { secrets?: string[] };
  now: number;
  request: { headers: [string, string][]; body_b64: string };
  expect: 'accept' | 'reject' | 'either';
  reason?: string;
};
const corpus = JSON.parse(
  readFileSync(new URL('../../../fixtures/corpora/webhooks-signatures.json', import.meta.url), 'utf8'),
) as { cases: Case[] };
const ours = corpus.cases.filter((entry) => entry.scheme === 'standard-webhooks');

/** As Node hands headers on: small names, repeated ones joined. */
const headersOf = (pairs: [string, string][]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of pairs) {
    const small = name.toLowerCase();
    headers[small] = small in headers ? `${headers[small]}, ${value}` : value;
  }
  return headers;
};
const judge = (entry: Case) =>
  verifyStandardWebhook({
    secrets: entry.config.secrets ?? [],
    headers: headersOf(entry.request.headers),
    rawBody: Buffer.from(entry.request.body_b64, 'base64'),
    nowMs: entry.now * 1000,
  });

/** The corpus' word for a refusal and ours. */
const reasons: { [reason: string]: string[] } = {
  bad_signature: ['no_match'],
  missing_header: ['missing_header'],
  bad_timestamp: ['bad_timestamp', 'missing_header'],
  timestamp_out_of_tolerance: ['too_old', 'too_new'],
  bad_id: ['bad_id'],
  duplicate_header: ['bad_id'],
};

describe('the corpus of signatures (W3, W4)', () => {
  // Content encodings are refused by the receiver, before any signature is looked at: take-hook.test.ts.
  const decidable = ours.filter((entry) => entry.reason !== 'unsupported_encoding');

  test.each(decidable.map((entry) => [entry.id, entry] as const))('%s', (_id, entry) => {
    const verdict = judge(entry);
    expect(verdict.ok ? 'accept' : 'reject').toBe(entry.expect);
    if (!verdict.ok) expect(reasons[entry.reason!]).toContain(verdict.reason);
  });

  test('has 36 cases of this scheme; verify-corpus.test.ts judges the others', () => {
    expect(ours).toHaveLength(36);
  });
});

const secret = 'whsec_JAr49d523ULa5+gMRG07iOZlzpi8LI1d';
const other = 'whsec_hYILNDE2u0ZrW8gt2cjc6f5oW5XePRKd';
const nowMs = 1_767_225_600_000;
const signed = (id: string, atSeconds: number, body: Buffer, key = secret) => ({
  'webhook-id': id,
  'webhook-timestamp': String(atSeconds),
  // Signed by the reference library; it takes text, so bodies are text here.
  'webhook-signature': new Webhook(key).sign(id, new Date(atSeconds * 1000), body.toString('utf8')),
});

describe('a signed delivery', () => {
  const body = Buffer.from('{"a":1}');

  test('holds for 300 seconds both ways, both ends included (W4)', () => {
    for (const [shift, ok] of [
      [-toleranceSeconds, true],
      [toleranceSeconds, true],
      [-toleranceSeconds - 1, false],
      [toleranceSeconds + 1, false],
    ] as const) {
      const headers = signed('msg_1', nowMs / 1000 + shift, body);
      expect(verifyStandardWebhook({ secrets: [secret], headers, rawBody: body, nowMs }).ok).toBe(ok);
    }
  });

  test('is taken with either of two secrets in force and with no other (W4)', () => {
    const headers = signed('msg_1', nowMs / 1000, body, other);
    expect(verifyStandardWebhook({ secrets: [secret, other], headers, rawBody: body, nowMs })).toEqual({
      ok: true,
      id: 'msg_1',
    });
    expect(verifyStandardWebhook({ secrets: [secret], headers, rawBody: body, nowMs }).ok).toBe(false);
    expect(verifyStandardWebhook({ secrets: [], headers, rawBody: body, nowMs }).ok).toBe(false);
  });

  test('signed with an empty key is refused, also where an empty secret was stored', () => {
    const digest = createHmac('sha256', '')
      .update(`msg_1.${nowMs / 1000}.`)
      .update(body)
      .digest('base64');
    const headers = { ...signed('msg_1', nowMs / 1000, body), 'webhook-signature': `v1,${digest}` };
    for (const empty of ['', 'whsec_', '====']) {
      const verdict = verifyStandardWebhook({ secrets: [empty], headers, rawBody: body, nowMs });
      expect(verdict).toEqual({ ok: false, reason: 'no_match' });
    }
  });

  test('whose signature is spelled another way than it was made is refused', () => {
    const headers = signed('msg_1', nowMs / 1000, body);
    const right = headers['webhook-signature'];
    const others = [
      right.replace(/=$/, ''),
      `${right}=`,
      `${right}!`,
      right.replace(/.=$/, (end) => `\t${end}`),
    ];
    for (const signature of others) {
      const bent = { ...headers, 'webhook-signature': signature };
      expect(verifyStandardWebhook({ secrets: [secret], headers: bent, rawBody: body, nowMs }).ok).toBe(
        false,
      );
    }
  });

  test('with its right signature behind sixteen wrong ones is refused', () => {
    const headers = signed('msg_1', nowMs / 1000, body);
    const wrong = Array.from({ length: 16 }, () => 'v1,AAAA');
    const with15 = {
      ...headers,
      'webhook-signature': [...wrong.slice(1), headers['webhook-signature']].join(' '),
    };
    const with16 = { ...headers, 'webhook-signature': [...wrong, headers['webhook-signature']].join(' ') };
    expect(verifyStandardWebhook({ secrets: [secret], headers: with15, rawBody: body, nowMs }).ok).toBe(true);
    expect(verifyStandardWebhook({ secrets: [secret], headers: with16, rawBody: body, nowMs }).ok).toBe(
      false,
    );
  });

  test('of any text is taken as it is and refused when one byte of it, its id or its time is another (W3)', () => {
    const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
    fc.assert(
      fc.property(ids, fc.string({ unit: 'grapheme' }), fc.nat(), fc.nat(7), (id, text, place, bit) => {
        const rawBody = Buffer.from(text);
        const headers = signed(id, nowMs / 1000, rawBody);
        const options = { secrets: [secret], headers, rawBody, nowMs };
        expect(verifyStandardWebhook(options)).toEqual({ ok: true, id });
        const bent = Buffer.concat([rawBody, Buffer.from('x')]);
        bent[place % bent.length]! ^= 1 << bit;
        expect(verifyStandardWebhook({ ...options, rawBody: bent }).ok).toBe(false);
        for (const change of [{ 'webhook-id': `${id}x` }, { 'webhook-timestamp': String(nowMs / 1000 - 1) }])
          expect(verifyStandardWebhook({ ...options, headers: { ...headers, ...change } }).ok).toBe(false);
      }),
    );
  });

  test('made of any headers at all is answered, never a crash', () => {
    const text = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(text, text, text, (id, timestamp, signature) => {
        const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
        expect(verifyStandardWebhook({ secrets: [secret], headers, rawBody: body, nowMs }).ok).toBe(false);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodedError } from '../platform/errors.ts';
import { type HookCall, readHookBody } from './read-hook-body.ts';

const call = (body: string | Buffer, type?: string, more: Partial<HookCall> = {}): HookCall => ({
  key: 'k',
  method: 'POST',
  headers: type === undefined ? {} : { 'content-type': type },
  query: {},
  rawBody: Buffer.from(body),
  ...more,
});
const bodyOf = (body: string | Buffer, type?: string) =>
  (readHookBody(call(body, type)) as { body: unknown }).body;
const refusal = (body: string | Buffer, type = 'application/json'): CodedError => {
  try {
    bodyOf(body, type);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('it was taken');
};

describe('the body of a hook call', () => {
  test('is a value when it says JSON, with or without a suffix and a character set', () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/CloudEvents+JSON',
    ])
      expect(bodyOf('{"a":[1,"é",null]}', type)).toEqual({ a: [1, 'é', null] });
    expect(bodyOf('﻿{"a":1}', 'application/json')).toEqual({ a: 1 });
    expect(bodyOf('7', 'application/json')).toBe(7);
  });

  test('is null when there is none, whatever the type says', () => {
    expect(bodyOf('', 'application/json')).toBe(null);
    expect(bodyOf('')).toBe(null);
  });

  test('is an object when it is a form; a repeated name is a list', () => {
    expect(bodyOf('a=1&b=x+y&a=%C3%A9&empty=', 'application/x-www-form-urlencoded')).toEqual({
      a: ['1', 'é'],
      b: 'x y',
      empty: '',
    });
  });

  test('is text when it is text, and looked at when nobody says what it is', () => {
    expect(bodyOf('{"a":1}', 'text/plain')).toBe('{"a":1}');
    expect(bodyOf('<a/>', 'application/xml')).toBe('<a/>');
    expect(bodyOf(' {"a":1}')).toEqual({ a: 1 });
    expect(bodyOf('{not json')).toBe('{not json');
    expect(bodyOf('hello')).toBe('hello');
  });

  test('is kept as base64 when it is no text', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    expect(bodyOf(bytes, 'application/octet-stream')).toEqual({ base64: bytes.toString('base64') });
    expect(bodyOf(bytes)).toEqual({ base64: bytes.toString('base64') });
  });

  test('that says JSON and is none is refused with the place of the fault', () => {
    for (const body of ['{', 'undefined', "{'a':1}", Buffer.from([0x22, 0xff, 0x22])]) {
      const error = refusal(body);
      expect(error).toMatchObject({ code: 'not_parseable', status: 400 });
      expect(error.details).toMatchObject({ problems: [{ path: '/body' }] });
    }
  });

  test('with a number that a computer cannot hold keeps it as text, digit for digit', () => {
    for (const number of ['1e400', '-1E+400', '9'.repeat(400), '9007199254740993', `${'9'.repeat(250)}e60`])
      expect(bodyOf(`{"deep":[{"n":${number}}]}`, 'application/json')).toEqual({ deep: [{ n: number }] });
    expect(bodyOf('[9007199254740991,1.5e9,1e-400]', 'application/json')).toEqual([
      9007199254740991, 1.5e9, 0,
    ]);
    expect(bodyOf('["1e400"]', 'application/json')).toEqual(['1e400']);
  });

  test('may be 64 levels deep and no deeper; brackets inside texts do not count', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
    expect(bodyOf(nested(64), 'application/json')).toBeTruthy();
    expect(refusal(nested(65)).message).toContain('64 levels');
    expect(refusal(nested(400_000)).message).toContain('64 levels');
    expect(bodyOf(JSON.stringify(`${'['.repeat(100)}\\"{`), 'application/json')).toBe(
      `${'['.repeat(100)}\\"{`,
    );
  });

  test('may hold a quotation mark before brackets in a text', () => {
    const text = `"${'['.repeat(100)}`;
    expect(bodyOf(JSON.stringify([text]), 'application/json')).toEqual([text]);
  });

  test('may use the names of prototypes, which change nothing', () => {
    const body = bodyOf('{"__proto__":{"admin":true},"constructor":1}', 'application/json') as object;
    expect(Object.keys(body)).toEqual(['__proto__', 'constructor']);
    expect((body as { admin?: boolean }).admin).toBe(undefined);
    const form = bodyOf('__proto__=1&toString=2', 'application/x-www-form-urlencoded') as object;
    expect(Object.keys(form)).toEqual(['__proto__', 'toString']);
    const headers = JSON.parse('{"__proto__":"x","a":"b"}') as Record<string, string>;
    const read = readHookBody(call('', undefined, { headers })) as { headers: object };
    expect(Object.keys(read.headers)).toEqual(['__proto__', 'a']);
    expect(({} as { admin?: boolean }).admin).toBe(undefined);
  });

  test('of any JSON comes back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value, (_name, member: unknown) =>
          // Whole numbers past 2^53 come back as text; the test before says so.
          Number.isInteger(member) && !Number.isSafeInteger(member) ? 0 : member,
        );
        expect(JSON.stringify(bodyOf(text, 'application/json'))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test('of any bytes under any type is read or refused, never a crash', () => {
    const types = fc.constantFrom(
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      '',
      ';;',
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), types, (bytes, type) => {
        try {
          bodyOf(Buffer.from(bytes), type);
        } catch (error) {
          expect(error).toMatchObject({ code: 'not_parseable' });
        }
      }),
    );
  });
});

test("the caller's own credentials are named and not kept; method, other headers and query are", () => {
  const read = readHookBody(
    call('', undefined, {
      method: 'PUT',
      headers: {
        authorization: 'Bearer canary',
        cookie: 'canary',
        'proxy-authorization': 'canary',
        'webhook-signature': 'v1,canary',
        'x-event': 'push',
      },
      query: { a: ['1', '2'], b: 'x' },
    }),
  );
  expect(JSON.stringify(read)).not.toContain('canary');
  expect(read).toEqual({
    method: 'PUT',
    headers: {
      authorization: '[REDACTED]',
      cookie: '[REDACTED]',
      'proxy-authorization': '[REDACTED]',
      'webhook-signature': '[REDACTED]',
      'x-event': 'push',
    },
    query: { a: ['1', '2'], b: 'x' },
    body: null,
  });
});

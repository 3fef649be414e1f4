import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../json.ts';
import { checkTemplate } from '../check-template.ts';
import { describeFunctions } from '../describe-functions.ts';
import { evaluateTemplate } from '../evaluate-template.ts';
import { parseTemplate } from '../parse-template.ts';
import { functionCatalogue } from './catalogue.ts';

const run = (expression: string, scope: { [root: string]: Json } = {}): Json | undefined =>
  evaluateTemplate(parseTemplate(`{{${expression}}}`), scope, { missing: 'fail' });

describe('the catalogue of functions', () => {
  it('has at least 40 functions, each under its own name, described, with described arguments', () => {
    expect(functionCatalogue.length).toBeGreaterThanOrEqual(40);
    expect(new Set(functionCatalogue.map((entry) => entry.name)).size).toBe(functionCatalogue.length);
    for (const entry of functionCatalogue) {
      expect(entry.description, entry.name).toMatch(/^[A-Z].*[.)]$/);
      for (const argument of entry.arguments) expect(argument.description, entry.name).toMatch(/[.)]$/);
    }
  });

  it.each(functionCatalogue.map((entry) => [entry.name, entry] as const))(
    '%s does what its example says',
    (_name, entry) => {
      const template = parseTemplate(`{{${entry.example.expression}}}`);
      expect(checkTemplate(template, { roots: [] })).toEqual([]);
      expect(evaluateTemplate(template, {}, { missing: 'fail' })).toEqual(entry.example.result);
      expect(entry.example.expression).toContain(`${entry.name}(`);
    },
  );

  it('is written out as a reference that names every function and its example', () => {
    const reference = describeFunctions();
    for (const entry of functionCatalogue) expect(reference).toContain(`\`{{${entry.example.expression}}}\``);
  });
});

describe('text functions', () => {
  it('replaces every occurrence of plain text, also of pattern characters', () => {
    expect(run('replace("a.b.c", ".", "")')).toBe('abc');
    expect(run('replace("aaa", "a", "aa")')).toBe('aaaaaa');
  });
  it('refuses a result that would grow beyond the limit before making it', () => {
    const s = 'a'.repeat(9000);
    expect(() => run('replace(s, "a", s)', { s })).toThrow(/longer than/);
    expect(() => run('padStart("a", 2000000000)')).toThrow(/longer than/);
  });
  it('takes groups of a pattern and fails by name when there is no match', () => {
    expect(run('match("a=1", "(\\\\w)=(\\\\d)", 2)')).toBe('1');
    expect(() => run('match("a", "b")')).toThrow(/gives nothing/);
    expect(run('match("a", "b") ?? "none"')).toBe('none');
  });
  it('says what is wrong with a pattern', () => {
    expect(() => run('matches("a", p)', { p: '(' })).toThrow(/pattern cannot be used/);
    expect(() => run('matches("a", p)', { p: '(?=a)' })).toThrow(/pattern cannot be used/);
  });
});

describe('list and object functions', () => {
  const items: Json = [{ n: 2, o: { k: 'b' } }, { n: 1, o: { k: 'a' } }, { o: { k: 'c' } }];
  it('reads members by path in sort, map, where and sum', () => {
    expect(run('map(sort(items, "o.k"), "o.k")', { items })).toEqual(['a', 'b', 'c']);
    expect(run('map(where(items, "n", ">", 1), "o.k")', { items })).toEqual(['b']);
    expect(run('map(items, "n", 0)', { items })).toEqual([2, 1, 0]);
    expect(() => run('sum(items, "n")', { items })).toThrow(/item 2 has no `n`/);
  });
  it('keeps a member called __proto__ a plain member', () => {
    const merged = run('merge(parseJson(a), parseJson(b))', { a: '{"__proto__": {"x": 1}}', b: '{"y": 2}' });
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"x":1},"y":2}');
    expect(({} as { x?: number }).x).toBeUndefined();
    expect(JSON.stringify(run('fromPairs([[a, 1]])', { a: '__proto__' }))).toBe('{"__proto__":1}');
  });
  it('tells equal objects with members in another order from others', () => {
    expect(run('unique(list)', { list: [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }] })).toHaveLength(2);
  });
});

describe('numbers and conversions', () => {
  it('rounds as people do', () => {
    expect([
      run('round(2.5)'),
      run('round(-2.5)'),
      run('round(1.255, 2)'),
      run('floor(-0.5)'),
      run('ceil(1.21, 1)'),
    ]).toEqual([3, -3, 1.26, -1, 1.3]);
  });
  it('does not make a number of a text that is none, or cannot be kept exactly', () => {
    expect(() => run('number("12a")')).toThrow(/not a number/);
    expect(() => run('number("")')).toThrow(/not a number/);
    expect(() => run('number("9007199254740993")')).toThrow(/exactly/);
    expect(() => run('number("1e999")')).toThrow(/too large/);
  });
  it('does not call members that are named like methods', () => {
    const value = { toString: 1, valueOf: 2, toJSON: 3 };
    expect(() => run('boolean(value)', { value })).toThrow(/boolean\(\) knows/);
    expect(() => run('number([value])', { value })).toThrow(/takes a text/);
    expect(run('"x" + json(value)', { value })).toBe('x{"toString":1,"valueOf":2,"toJSON":3}');
  });
  it('asks whether a path is there without failing', () => {
    expect(run('exists(a.b)', { a: {} })).toBe(false);
    expect(run('isEmpty(a.b)', { a: {} })).toBe(true);
    expect(run('default(a.b, 3)', { a: {} })).toBe(3);
  });
});

describe('dates', () => {
  it('reads what services send and refuses what is no date', () => {
    expect(run('date(1700000000)')).toBe('2023-11-14T22:13:20.000Z');
    expect(run('date(1700000000000)')).toBe('2023-11-14T22:13:20.000Z');
    expect(run('date("1700000000")')).toBe('2023-11-14T22:13:20.000Z');
    expect(run('date("Tue, 14 Nov 2023 22:13:20 GMT")')).toBe('2023-11-14T22:13:20.000Z');
    expect(run('date("2024-02-29T10:00:00.5+02:00")')).toBe('2024-02-29T08:00:00.500Z');
    for (const wrong of ['2023-02-29', '2023-13-01', 'tomorrow', '', '2023-01-01T25:00'])
      expect(() => run('date(d)', { d: wrong })).toThrow(/is not a date/);
  });
  it('keeps the time of day over a change of clocks, and adds hours exactly', () => {
    expect(run('addTime("2026-03-28T09:00:00+01:00", 1, "day", "Europe/Berlin")')).toBe(
      '2026-03-29T07:00:00.000Z',
    );
    expect(run('addTime("2026-03-28T09:00:00+01:00", 24, "hours", "Europe/Berlin")')).toBe(
      '2026-03-29T08:00:00.000Z',
    );
    expect(run('addTime("2024-02-29T00:00:00Z", -1, "year")')).toBe('2023-02-28T00:00:00.000Z');
  });
  it('moves a time inside the gap forward and takes the first of two equal times', () => {
    expect(run('date("2026-03-29T02:30", "Europe/Berlin")')).toBe('2026-03-29T01:30:00.000Z');
    expect(run('date("2026-10-25T02:30", "Europe/Berlin")')).toBe('2026-10-25T00:30:00.000Z');
    expect(run('date("2026-03-08T02:30", "America/New_York")')).toBe('2026-03-08T07:30:00.000Z');
  });
  it('writes names in a language, quoted words and offsets', () => {
    expect(run(`formatDate("2026-03-01T00:00:00Z", "EEEE, d. MMMM yyyy", "Europe/Berlin", "de")`)).toBe(
      'Sonntag, 1. März 2026',
    );
    expect(run(`formatDate("2026-07-01T12:05:00Z", "h:mm a 'on' yy XXX", "Asia/Kolkata")`)).toBe(
      '5:35 PM on 26 +05:30',
    );
    expect(() => run('formatDate("2026-07-01", "YYYY")')).toThrow(/no part of a date pattern/);
    expect(() => run('formatDate("2026-07-01", "yyyy", "Mars/Olympus")')).toThrow(/not a time zone/);
  });
  it('measures the time between', () => {
    expect(run('timeBetween("2026-01-31", "2026-03-01", "months")')).toBe(1);
    expect(run('timeBetween("2026-01-01T10:00:00Z", "2026-01-01T09:30:00Z", "minutes")')).toBe(-30);
  });
});

describe('encodings and digests', () => {
  const texts = ['', 'abc', 'ä€😀', 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(64), 'y'.repeat(1000)];
  it.each(texts)('agrees with Node about %j', (text) => {
    const scope = { text };
    expect(run('sha256(text)', scope)).toBe(createHash('sha256').update(text).digest('hex'));
    expect(run('md5(text, "base64")', scope)).toBe(createHash('md5').update(text).digest('base64'));
    expect(run('hmacSha256("data", text)', scope)).toBe(
      createHmac('sha256', text).update('data').digest('hex'),
    );
    expect(run('base64(text)', scope)).toBe(Buffer.from(text).toString('base64'));
    expect(run('base64url(text)', scope)).toBe(Buffer.from(text).toString('base64url'));
    expect(run('base64Decode(base64(text))', scope)).toBe(text);
    expect(run('hex(text)', scope)).toBe(Buffer.from(text).toString('hex'));
  });
  it('refuses text that has no bytes and bytes that are no text', () => {
    expect(() => run('base64(text)', { text: '\ud800' })).toThrow(/broken character/);
    expect(() => run('base64Decode("/w==")')).toThrow(/UTF-8/);
    expect(() => run('base64Decode("*")')).toThrow(/not base64/);
  });
});

import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../json.ts';
import { evaluateTemplate } from '../evaluate-template.ts';
import { parseTemplate } from '../parse-template.ts';

const run = (expression: string, scope: { [root: string]: Json } = {}): Json | undefined =>
  evaluateTemplate(parseTemplate(`{{${expression}}}`), scope, { missing: 'fail' });

describe('mime', () => {
  it('encodes what is not ASCII, and puts text, HTML and attachments into parts', () => {
    const message = {
      from: 'Jörg Müller <joerg@example.com>',
      to: ['Ada Lovelace <ada@example.com>', 'bob@example.com'],
      subject: 'Grüße an alle, die diesen langen Betreff noch zu Ende lesen können 😀',
      text: 'Hallo\nWelt',
      html: '<p>Hallo</p>',
      attachments: [{ fileName: 'Übersicht.pdf', contentType: 'application/pdf', base64: 'AAEC' }],
    };
    const written = String(run('mime(m)', { m: message }));
    expect(Buffer.byteLength(written)).toBe(written.length);
    expect(Math.max(...written.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(160);
    expect(written).toMatch(
      /^From: =\?UTF-8\?B\?\S+\?= <joerg@example\.com>\r\nTo: Ada Lovelace <ada@example\.com>,\r\n bob@example\.com\r\n/,
    );
    const subject = /Subject: ([\s\S]*?)\r\nMIME/.exec(written)![1]!;
    const words = [...subject.matchAll(/=\?UTF-8\?B\?([^?]+)\?=/g)];
    expect(words.every(([word]) => word.length <= 75)).toBe(true);
    expect(words.map(([, text]) => Buffer.from(text!, 'base64').toString('utf8')).join('')).toBe(
      message.subject,
    );
    expect(written).toContain('multipart/mixed');
    expect(written).toContain('multipart/alternative');
    expect(written).toContain(Buffer.from('Hallo\r\nWelt').toString('base64'));
    expect(written).toContain(`filename="_bersicht.pdf"; filename*=UTF-8''%C3%9Cbersicht.pdf\r\n\r\nAAEC`);
    expect(run('mime(m)', { m: message })).toBe(written);
  });
  it.each([
    ['a header smuggled into the subject', { subject: 'x\r\nBcc: eve@example.com', text: 'a' }],
    ['a header smuggled into an address', { to: 'a@example.com\nBcc: b@example.com', text: 'a' }],
    ['what is no address', { to: 'Ada', text: 'a', from: 'not an address' }],
    ['an attachment without content', { text: 'a', attachments: [{ fileName: 'a' }] }],
    ['a content type with a line break', { attachments: [{ contentType: 'a/b\r\nX: 1', base64: 'AA==' }] }],
    ['a list of addresses without end', { to: ','.repeat(30_000), text: 'a' }],
    ['a message without content', { to: 'a@example.com' }],
  ])('refuses %s', (_what, m) => {
    expect(() => run('mime(m)', { m: m as unknown as Json })).toThrow(/mime\(\)/);
  });
});

describe('htmlToText', () => {
  it('reads pages as people do', () => {
    const html =
      '<html><head><title>x</title></head><body><!-- no --><h1>News</h1><p>One<br>two&nbsp;&#8364;&#x41;</p>' +
      '<script>alert("<p>no</p>")</script><table><tr><td>a</td><td>b</td></tr></table></body></html>';
    expect(run('htmlToText(html)', { html })).toBe('News\n\nOne\ntwo €A\n\na b');
    expect(run('htmlToText("a < b")')).toBe('a < b');
    expect(run('htmlToText("&constructor; &#0; x")')).toBe('&constructor; &#0; x');
  });
  it('takes time in proportion to its text, also for what never ends', () => {
    for (const html of [
      '<'.repeat(200_000),
      '<!--'.repeat(50_000),
      '<script>'.repeat(30_000),
      '<p '.repeat(60_000),
    ])
      expect(typeof run('htmlToText(html)', { html })).toBe('string');
  });
});

describe('further digests', () => {
  it.each(['', 'abc', 'ä€😀', 'x'.repeat(64), 'y'.repeat(1000)])('agree with Node about %j', (text) => {
    expect(run('sha1(text)', { text })).toBe(createHash('sha1').update(text).digest('hex'));
    expect(run('hmacSha1("data", text, "base64")', { text })).toBe(
      createHmac('sha1', text).update('data').digest('base64'),
    );
  });
  it('gives the known UUID of a name, and refuses a namespace that is none', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    expect(run('uuid("www.example.com", ns)', { ns: dns })).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
    expect(() => run('uuid("a", "b")')).toThrow(/must be a UUID/);
  });
});

describe('lists, texts and dates of services', () => {
  it('makes a list of one, of none, and of places', () => {
    expect(run('asList(a.b)', { a: {} })).toEqual([]);
    expect(run('asList(a)', { a: { x: 1 } })).toEqual([{ x: 1 }]);
    expect(run('asList(a)', { a: [null] })).toEqual([null]);
    expect(run('indexedArray(o, "c")', { o: { c1: 1, c01: 2, cx: 3, d0: 4 } })).toEqual([null, 1]);
    expect(() => run('indexedArray(o, "c")', { o: { c99999: 1 } })).toThrow(/10000 items/);
  });
  it('puts text around what is there, and nothing around nothing', () => {
    expect([run('suffix(a.b, "x")', { a: {} }), run('wrap("", "(", ")")')]).toEqual(['', '']);
    expect(run('a1Quote("x")')).toBe("'x'");
  });
  it('reads dates as they are written, and refuses others', () => {
    expect(run('parseDate("3/7/26 1:05 PM", "M/d/yy h:mm a")')).toBe('2026-03-07T13:05:00.000Z');
    expect(run('parseDate("am 01.02.2026", "\'am\' dd.MM.yyyy")')).toBe('2026-02-01T00:00:00.000Z');
    for (const [text, pattern] of [
      ['31.02.2026', 'dd.MM.yyyy'],
      ['1.2.2026', 'dd.MM.yyyy'],
      ['2026', 'YYYY'],
      ['01.02.2026x', 'dd.MM.yyyy'],
      ['01.02', 'dd.MM'],
    ] as const)
      expect(() => run('parseDate(t, p)', { t: text, p: pattern })).toThrow(/pattern|date/);
  });
});

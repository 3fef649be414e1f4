import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { encodeMultipart } from './encode-multipart.ts';
import { encodeQuery } from './encode-query.ts';
import { fillEndpoint, fillTemplate, type Position } from './fill-template.ts';
import { parseTemplate } from './parse-template.ts';
import * as positions from './positions.ts';

const fill = (text: string, position: Position, v: Json): string | undefined =>
  fillTemplate(parseTemplate(text), { v }, { missing: 'fail', position });
const address = (text: string, v: Json): string =>
  fillEndpoint(parseTemplate(text), { v }, { missing: 'fail' })!;
const wellFormed = fc.string({ unit: 'binary', maxLength: 40 });
const path = fc.oneof(
  wellFormed,
  fc.string({
    unit: fc.constantFrom('.', '/', '%', '2', 'e', '\\', '?', '#', '@', ':', 'a', ' ', '\n'),
    maxLength: 8,
  }),
);

describe('path', () => {
  it('encodes everything that could end the segment', () => {
    expect(fill('/v/{{v}}/x', 'path', 'a/b?c#d e\\%2f')).toBe('/v/a%2Fb%3Fc%23d%20e%5C%252f/x');
    expect(fill('/v/{{v}}', 'path', 12)).toBe('/v/12');
  });
  it.each(['', '.', '..', '\ud800', null, [], {}, ['..']])('refuses %j', (value) => {
    expect(() => fill('/v/{{v}}/x', 'path', value)).toThrow();
    expect(() => address('https://a.b/v/{{v}}/x', value)).toThrow();
  });
  it('refuses parts that make dots together', () => {
    expect(() => fill('/v/.{{v}}/x', 'path', '.')).toThrow(/may not be/);
    expect(() => address('/v/{{v}}{{v}}', '.')).toThrow();
  });
  it('keeps slashes only where asked, and never climbs', () => {
    expect(fill('/r/{{v}}', 'pathKeepSlashes', 'docs/a b.md')).toBe('/r/docs/a%20b.md');
    for (const wrong of ['../x', 'a/../b', 'a//b', '/a', 'a?b', 'a#b', 'a\\b'])
      expect(() => fill('/r/{{v}}', 'pathKeepSlashes', wrong)).toThrow();
  });
});

describe('a whole address', () => {
  it('encodes each hole for its place', () => {
    expect(address('https://{{v}}.example.com/a/{{v}}?q={{v}}&r=1', 'x-1')).toBe(
      'https://x-1.example.com/a/x-1?q=x-1&r=1',
    );
    expect(address('/a?q={{v}}', 'b&c=d')).toBe('/a?q=b%26c%3Dd');
  });
  it('refuses a host that is none, and holes in scheme or fragment', () => {
    for (const wrong of ['a/b', 'a@b', 'a:1', 'a..b', '', '-a', 'evil.com#', 'a?b', 'ä', ' '])
      expect(() => address('https://{{v}}/x', wrong)).toThrow();
    expect(() => address('{{v}}/x', 'https://a')).toThrow(/starts with/);
    expect(() => address('/x#{{v}}', 'a')).toThrow(/after #/);
    expect(() => address('//{{v}}/x', 'evil.example')).toThrow(/one \//);
    expect(() => address('/\\{{v}}/x', 'evil.example')).toThrow(/one \//);
  });
  it('keeps origin, number of segments and fields for any value (X3)', () => {
    fc.assert(
      fc.property(path, (value) => {
        let text: string;
        try {
          text = address('https://api.example.com/v1/{{v}}/x?q={{v}}&z=1', value);
        } catch {
          return value === '' || value === '.' || value === '..' || !value.isWellFormed();
        }
        const url = new URL(text);
        expect([url.origin, url.hash, [...url.searchParams.keys()].join()]).toEqual([
          'https://api.example.com',
          '',
          'q,z',
        ]);
        const segments = url.pathname.split('/');
        expect([segments.length, decodeURIComponent(segments[2]!), url.searchParams.get('q')]).toEqual([
          4,
          value,
          value,
        ]);
        return true;
      }),
      { numRuns: 5000 },
    );
  });
});

describe('query and form', () => {
  it('writes lists and objects in the declared form only', () => {
    expect(encodeQuery({ a: ['x', 'y&z'], b: { $gt: '' }, c: null, d: true })).toBe(
      'a=x&a=y%26z&b=%7B%22%24gt%22%3A%22%22%7D&c=&d=true',
    );
    expect(encodeQuery({ a: [1, 2] }, { arrayStyle: 'brackets' })).toBe('a%5B%5D=1&a%5B%5D=2');
    expect(encodeQuery({ a: [1, 2] }, { arrayStyle: 'indexed' })).toBe('a%5B0%5D=1&a%5B1%5D=2');
    expect(encodeQuery({ a: ['1', '2,3'] }, { arrayStyle: 'csv' })).toBe('a=1,2%2C3');
    expect(encodeQuery({ a: { b: 1 } }, { objectStyle: 'brackets' })).toBe('a%5Bb%5D=1');
    expect(encodeQuery({ a: { b: 1 } }, { objectStyle: 'dots' })).toBe('a.b=1');
    const nested = { items: [{ price: 'p', tags: ['x', 'y'] }], meta: { a: { b: 1 } } };
    const read = decodeURIComponent(encodeQuery(nested, { arrayStyle: 'indexed', objectStyle: 'brackets' }));
    expect(read).toBe('items[0][price]=p&items[0][tags][0]=x&items[0][tags][1]=y&meta[a][b]=1');
  });
  it('is read back exactly by the platform', () => {
    fc.assert(
      fc.property(fc.dictionary(wellFormed, wellFormed), (fields) => {
        const read = [...new URLSearchParams(encodeQuery(fields))];
        expect(read).toEqual(Object.entries(fields));
      }),
    );
  });
});

describe('headers', () => {
  it.each(['a\nb', 'a\rb', 'a\u0000b', 'a\u007f', '\u560a\u560d', 'a\u2028b', '😀', null, {}, []])(
    'refuses %j',
    (value) => {
      expect(() => fill('Bearer {{v}}', 'header', value)).toThrow();
    },
  );
  it('lets through what a header can hold', () => {
    expect(fill('Bearer {{v}}', 'header', 'abc é\t1')).toBe('Bearer abc é\t1');
    expect(() => fill('a\nb', 'header', '')).toThrow();
  });
  it.each(['{{x}}', 'Host', 'Transfer-Encoding', 'content-length', 'a b', 'a:', '', 'ä', 'a\n'])(
    'refuses the name %j',
    (name) => {
      expect(() => positions.checkHeaderName(name)).toThrow();
    },
  );
  it('keeps a cookie pair one pair and a mail header one header', () => {
    expect(fill('a={{v}}', 'cookie', 'x; admin=1')).toBe('a=x%3B%20admin%3D1');
    expect(() => fill('{{v}}', 'mailHeader', 'x@y.z\r\nBcc: a@b.c')).toThrow(/line breaks/);
  });
});

describe('bodies', () => {
  it('escapes XML', () => {
    expect(fill('<a b="{{v}}"/>', 'xmlAttribute', '"\n<&')).toBe('<a b="&quot;&#10;&lt;&amp;"/>');
    expect(() => fill('<a>{{v}}</a>', 'xmlText', '\u0000')).toThrow();
  });
  it('guards spreadsheet formulas but leaves numbers alone', () => {
    expect([
      positions.encodeCsvCell('=1+1'),
      positions.encodeCsvCell(-5),
      positions.encodeCsvCell('a"b,c'),
      positions.encodeCsvCell('-x'),
    ]).toEqual(["'=1+1", '-5', '"a""b,c"', "'-x"]);
  });
  it('is read back from multipart exactly by the platform', async () => {
    const boundary = 'weftline-0123456789';
    const bytes = Uint8Array.from([0, 13, 10, 45, 45, 255]);
    const body = encodeMultipart(
      [
        { name: 'a"\r\nb', content: '--x\r\n\r\n' },
        { name: 'f', content: bytes, fileName: 'ü".txt', contentType: 'text/plain' },
      ],
      boundary,
    );
    const form = await new Response(body as never, {
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    }).formData();
    expect([...form.keys()]).toEqual(['a"\r\nb', 'f']);
    expect(form.get('a"\r\nb')).toBe('--x\r\n\r\n');
    const file = form.get('f') as File;
    expect([file.name, file.type, new Uint8Array(await file.arrayBuffer())]).toEqual([
      'ü".txt',
      'text/plain',
      bytes,
    ]);
    expect(() => encodeMultipart([{ name: 'a', content: `x${boundary}` }], boundary)).toThrow(/boundary/);
    expect(() =>
      encodeMultipart([{ name: 'a', content: 'x', contentType: 'a/b\r\nX: 1' }], boundary),
    ).toThrow(/content type/);
  });
  it('lets no value into a fixed text', () => {
    expect(fill('query { a }', 'fixed', 'x')).toBe('query { a }');
    expect(() => fill('query { u(id: "{{v}}") }', 'fixed', 'x')).toThrow(/variable/);
  });
});

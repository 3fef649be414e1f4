import type { Json } from '@weftline/connectors/json';
import type { Action, JsonSchema } from '@weftline/connectors/types';
import { describe, expect, test } from 'vitest';
import { writeBody } from './build-body.ts';
import { buildOutput } from './build-output.ts';
import { readXml } from './read-xml.ts';
import { shapeXml } from './shape-xml.ts';
import { unshapeXml } from './unshape-xml.ts';
import { writeXml } from './write-xml.ts';

const definitions = {
  Publisher: {
    type: 'object',
    'x-xml': { name: 'publisher' },
    properties: {
      name: { type: 'string' },
      since: { type: 'integer', 'x-xml': { attribute: true } },
      parent: { $ref: '#/$defs/Publisher' },
    },
  },
} as const;
const book = {
  type: 'object',
  required: ['title', 'tags'],
  'x-xml': { name: 'book', namespace: 'urn:b', prefix: 'b' },
  properties: {
    id: { type: 'integer', 'x-xml': { attribute: true, name: 'ref' } },
    title: { type: 'string' },
    authors: {
      type: 'array',
      'x-xml': { wrapped: true },
      items: { type: 'string', 'x-xml': { name: 'author' } },
    },
    tags: { type: 'array', items: { type: 'string' } },
    pages: { allOf: [{ type: 'array', items: { type: 'integer' } }, { 'x-xml': { name: 'leaf' } }] },
    publisher: { $ref: '#/$defs/Publisher' },
    isOld: { type: ['boolean', 'null'] },
    matrix: { type: 'array', items: { type: 'array', items: { type: 'number' } } },
    more: { type: 'object', additionalProperties: { type: 'integer' } },
  },
} as unknown as JsonSchema;
const write = (value: Json, schema = book) =>
  writeXml(shapeXml(value, schema, definitions)).replace(/^<\?xml[^>]*>/, '');
const read = (text: string, schema = book) => unshapeXml(readXml(text), schema, definitions);

const whole: Json = {
  title: 'A & B',
  id: 7,
  authors: ['Ada'],
  tags: ['x'],
  pages: [1, 2],
  publisher: { name: 'P', since: 1900, parent: { name: 'Q' } },
  isOld: true,
  matrix: [[1, 2], [3]],
  more: { a: 1 },
};

describe('a body with x-xml', () => {
  test('is written with attributes, wrapped and bare lists, other names and namespaces, in the order of its schema', () => {
    expect(write(whole)).toBe(
      '<b:book xmlns:b="urn:b" ref="7"><title>A &amp; B</title><authors><author>Ada</author></authors><tags>x</tags>' +
        '<leaf>1</leaf><leaf>2</leaf><publisher since="1900"><name>P</name><publisher><name>Q</name></publisher></publisher>' +
        '<isOld>true</isOld><matrix><matrix>1</matrix><matrix>2</matrix></matrix><matrix><matrix>3</matrix></matrix>' +
        '<more><a>1</a></more></b:book>',
    );
  });

  test('leaves out what is null, and keeps a list without items where it is wrapped', () => {
    expect(write({ title: 'T', tags: [], authors: [], isOld: null })).toBe(
      '<b:book xmlns:b="urn:b"><title>T</title><authors></authors></b:book>',
    );
  });

  test('has the root that its schema names, for a list too, else the only member of the value', () => {
    const list = {
      type: 'array',
      'x-xml': { name: 'all' },
      items: { type: 'string', 'x-xml': { name: 'one' } },
    };
    expect(write(['a', 'b'], list as JsonSchema)).toBe('<all><one>a</one><one>b</one></all>');
    const unnamed = {
      type: 'object',
      properties: {
        Config: { type: 'object', properties: { Rules: { type: 'array', 'x-xml': { name: 'Rule' } } } },
      },
    } as unknown as JsonSchema;
    expect(write({ Config: { Rules: ['r'] } }, unnamed)).toBe('<Config><Rule>r</Rule></Config>');
  });

  test('cannot break out of its place, and one without x-xml is written as before', () => {
    expect(write({ title: '</title><x/>', tags: ['<'] })).toContain(
      '<title>&lt;/title&gt;&lt;x/&gt;</title>',
    );
    expect(() => write({ title: 't', 'a b': 'x' })).toThrow(/cannot be the name of an XML element/);
    const request = { bodyFormat: 'xml' } as const;
    const rest = { schema: { type: 'object' } as JsonSchema, styles: {}, key: 'k' };
    const value = { root: { '@id': 1, item: ['a'] } };
    expect(writeBody(undefined, { ...request, bodyTemplate: value }, {}, rest)).toBeNull();
    expect(writeBody(value, request, {}, rest)?.text).toContain('<root id="1"><item>a</item></root>');
    expect(writeBody({ title: 'T' }, request, {}, { ...rest, schema: book })?.text).toContain(
      '<title>T</title>',
    );
  });
});

describe('an answer with x-xml', () => {
  test('comes back as it was written, numbers and flags as what they are', () => {
    expect(read(write(whole))).toEqual(whole);
  });

  test('has lists with one item and without any, whatever prefixes it came with', () => {
    expect(read('<z:book xmlns:z="urn:b"><z:title>T</z:title><z:authors/></z:book>')).toEqual({
      title: 'T',
      authors: [],
      tags: [],
    });
  });

  test('keeps what its schema does not know, and texts that are no numbers', () => {
    expect(
      read(
        '<book ref="many" own="1"><title>T</title><tags>a</tags><isOld></isOld><new><x>1</x></new></book>',
      ),
    ).toEqual({
      id: 'many',
      '@own': '1',
      title: 'T',
      tags: ['a'],
      isOld: null,
      new: { x: '1' },
    });
  });

  test('may have an element around its items that the schema does not speak of', () => {
    const schema = {
      'x-xml': {},
      type: 'object',
      properties: {
        Names: { type: 'array', items: { type: 'string' } },
        Sets: { type: 'array', items: { type: 'object', properties: { Id: { type: 'integer' } } } },
      },
    } as unknown as JsonSchema;
    const text =
      '<R><Names><member>a</member><member>b</member></Names><Sets><member><Id>1</Id></member></Sets></R>';
    expect(read(text, schema)).toEqual({ Names: ['a', 'b'], Sets: [{ Id: 1 }] });
    expect(read('<R><Sets><Id>1</Id></Sets></R>', schema)).toEqual({ Sets: [{ Id: 1 }] });
  });

  test('may have the declared member as its root, and a list as a whole', () => {
    const one = { type: 'object', 'x-xml': { name: 'Out' }, properties: { Place: { type: 'string' } } };
    expect(read('<Place>eu</Place>', one as unknown as JsonSchema)).toEqual({ Place: 'eu' });
    expect(read('<Out><Place>eu</Place></Out>', one as unknown as JsonSchema)).toEqual({ Place: 'eu' });
    const list = { type: 'array', 'x-xml': { name: 'all' }, items: { type: 'integer' } } as JsonSchema;
    expect(read('<all><one>1</one></all>', list)).toEqual([1]);
    expect(read('<all/>', list)).toEqual([]);
  });

  test('is shaped only where it came as XML', () => {
    const request = { key: 'a', responseFormat: 'auto', outputSchema: book } as unknown as Action;
    const scope = (type: string, body: Json) => ({ status: 200, headers: { 'content-type': type }, body });
    const body = { book: { title: 'T', tags: 'a' } };
    expect(buildOutput(request, scope('text/xml', body), definitions)).toEqual({ title: 'T', tags: ['a'] });
    expect(buildOutput(request, scope('application/json', body), definitions)).toEqual(body);
    expect(buildOutput({ ...request, outputSchema: {} }, scope('text/xml', body))).toEqual(body);
  });
});

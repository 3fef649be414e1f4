import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeDocument, importOpenApi, parseOpenApi } from './index.ts';

const unpack = (packed: Uint8Array): Uint8Array => gunzipSync(packed);
const whyNot = (bytes: Uint8Array | string): string => {
  try {
    importOpenApi(parseOpenApi(decodeDocument(Buffer.from(bytes), unpack)));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const json = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Größe' },
  paths: { '/me': { get: { responses: {} } } },
});

test('a document may have a mark of its encoding, be in UTF-16, or be packed', () => {
  const utf16 = Buffer.from(json, 'utf16le');
  const forms = [
    Buffer.from(json),
    Buffer.from(`\uFEFF${json}`),
    Buffer.from(`\uFEFF${json}`, 'utf16le'),
    utf16,
    Buffer.from(utf16).swap16(),
    gzipSync(json),
    gzipSync(utf16),
  ];
  for (const bytes of forms)
    expect(parseOpenApi(decodeDocument(bytes, unpack))['info']).toEqual({ title: 'Größe' });
});

test.each<[string, Uint8Array | string, string]>([
  ['nothing', '', 'is empty'],
  ['blanks', ' \n\t ', 'is empty'],
  ['a web page', '<!DOCTYPE html><html><body>Not found</body></html>', 'web page'],
  ['XML', '<?xml version="1.0"?><definitions/>', 'XML'],
  ['packed bytes that end too soon', gzipSync(json).subarray(0, 20), 'cannot be unpacked'],
  ['a zip', Buffer.from('PK\u0003\u0004rest'), 'no text'],
  ['bytes', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]), 'no text'],
  ['a text', 'hello there', 'no object'],
  ['a list', '[1, 2]', 'no object'],
  ['half a document', json.slice(0, 40), 'neither JSON nor YAML'],
  ['bad YAML', 'openapi: 3.0.0\n  paths: [', 'neither JSON nor YAML'],
  ['a Postman collection', '{"info":{"_postman_id":"1","name":"x"},"item":[]}', 'Postman'],
  ['AsyncAPI', 'asyncapi: 3.0.0\ninfo: {}\nchannels: {}', 'AsyncAPI'],
  ['Swagger 1.2', '{"swaggerVersion":"1.2","apis":[]}', 'Swagger 1.x'],
  ['Swagger 1.2, said otherwise', '{"swagger":"1.2","paths":{}}', 'Swagger 1.2'],
  ['OpenAPI 4', 'openapi: 4.0.0\npaths: {}', 'OpenAPI 4.0.0'],
  ['a connector', '{"manifestVersion":1}', 'a connector already'],
  ['a GraphQL schema', '{"data":{"__schema":{}}}', 'GraphQL'],
  ['a JSON Schema', '{"$schema":"x","type":"object"}', 'JSON Schema'],
  ['something else', '{"name":"package"}', 'neither "openapi" nor "swagger"'],
])('%s is refused with a sentence that says what it is', (_, bytes, words) => {
  expect(whyNot(bytes)).toContain(words);
});

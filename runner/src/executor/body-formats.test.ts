import type { Json } from '@weftline/connectors/json';
import type { Action, Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { writeXml } from './write-xml.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

/** Calls one action of a connector that can be saved, and gives the result and what arrived. */
const call = async (
  action: Partial<Action>,
  input: Json = {},
  answer: FakeAnswer = { body: {} },
  defaults: Connector['defaults'] = {},
) => {
  const service = await startFakeService(() => answer);
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector: Connector = {
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    defaults,
    actions: [
      {
        key: 'do',
        name: 'Do',
        method: 'POST',
        endpointTemplate: '/do',
        inputSchema: {},
        outputSchema: {},
        ...action,
      } as Action,
    ],
  };
  expect(validateConnector(connector, 'save')).toEqual([]);
  const result = await callAction(
    {
      tenantId: 't',
      connector,
      action: 'do',
      input,
      openConnection: null,
      run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'KEY' },
    },
    { egress, now: Date.now },
  );
  const [received] = service.received;
  return { result, received, type: String(received?.headers['content-type']), body: received?.body ?? '' };
};
const errorOf = ({ result }: Awaited<ReturnType<typeof call>>) => (result.ok ? undefined : result.error);
const outputOf = ({ result }: Awaited<ReturnType<typeof call>>) => (result.ok ? result.output : result.error);
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('multipart: files, texts, lists and JSON each become a part, read back by the platform', async () => {
  const given = await call(
    {
      bodyFormat: 'multipart',
      bodyTemplate: {
        file: { base64: '{{input.content}}', fileName: '{{input.name}}', contentType: 'text/csv' },
        title: '{{input.title}}',
        tags: ['a', 'b'],
        meta: { x: 1 },
        absent: '{{input.absent}}',
      },
    },
    { content: base64('a;b\r\n1;2'), name: 'x"y\r\n.csv', title: 'T\r\n--x' },
  );
  const form = await new Response(given.body, { headers: { 'content-type': given.type } }).formData();
  const file = form.get('file') as File;
  expect(await file.text()).toBe('a;b\r\n1;2');
  expect(file.type).toBe('text/csv');
  expect(form.get('title')).toBe('T\r\n--x');
  expect(form.getAll('tags')).toEqual(['a', 'b']);
  expect(form.has('absent')).toBe(false);
  expect(given.body).toContain('name="meta"\r\nContent-Type: application/json\r\n\r\n{"x":1}');
  // What is shown tells the size of a file, not its content.
  expect(JSON.stringify(given.result.request)).not.toContain(base64('a;b\r\n1;2'));
});

test('a content that holds the boundary, or text that is no base64, is refused before sending', async () => {
  const first = await call({ bodyFormat: 'multipart', bodyTemplate: { a: '1' } });
  const boundary = first.type.split('boundary=')[1]!;
  const again = await call({ bodyFormat: 'multipart', bodyTemplate: { a: '{{input.a}}' } }, { a: boundary });
  expect(errorOf(again)).toMatchObject({ code: 'bad_value', sent: 'no' });
  expect(
    errorOf(await call({ bodyFormat: 'binary', bodyTemplate: '{{input.a}}' }, { a: '%%%' })),
  ).toMatchObject({
    code: 'bad_value',
  });
});

test('multipartRelated: parts one behind the other', async () => {
  const given = await call(
    {
      bodyFormat: 'multipartRelated',
      bodyTemplate: [{ json: { name: 'n' } }, { contentType: 'text/plain', base64: '{{input.content}}' }],
    },
    { content: base64('hello') },
  );
  const boundary = given.type.replace('multipart/related; boundary=', '');
  expect(given.body).toBe(
    `--${boundary}\r\nContent-Type: application/json\r\n\r\n{"name":"n"}\r\n--${boundary}\r\nContent-Type: text/plain\r\n\r\nhello\r\n--${boundary}--\r\n`,
  );
});

test('parts keep their boundary in another type of parts that is declared', async () => {
  const given = await call({
    bodyFormat: 'multipartRelated',
    bodyContentType: 'multipart/mixed',
    bodyTemplate: [{ json: { a: 1 } }],
  });
  const boundary = /^multipart\/mixed; boundary=(.+)$/.exec(given.type)?.[1];
  expect(boundary).toBeDefined();
  expect(given.body).toContain(`--${boundary}--`);
});

test('binary: the bytes themselves, with their own type or the one of the request', async () => {
  const given = await call(
    { bodyFormat: 'binary', bodyTemplate: '{{input.content}}' },
    { content: base64('hé') },
  );
  expect([given.type, given.body]).toEqual(['application/octet-stream', 'hé']);
  const typed = await call(
    { bodyFormat: 'binary', bodyTemplate: { base64: '{{input.content}}', contentType: 'image/png' } },
    { content: base64('x') },
  );
  expect([typed.type, typed.body]).toEqual(['image/png', 'x']);
  expect(typed.result.request?.body).toEqual({ base64: '(3 bytes)', contentType: 'image/png' });
});

test('xml: elements, attributes and lists; a value stays text', async () => {
  const given = await call(
    {
      bodyFormat: 'xml',
      bodyTemplate: {
        Order: { '@id': '{{input.id}}', item: '{{input.items}}', note: { '@lang': 'en', '#text': 'n' } },
      },
    },
    { id: '1" x="2', items: ['<b>', 'c & d'] },
  );
  expect(given.body).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><Order id="1&quot; x=&quot;2"><item>&lt;b&gt;</item><item>c &amp; d</item><note lang="en">n</note></Order>',
  );
  expect(given.type).toBe('application/xml; charset=utf-8');
  const wrongs: Json[] = [
    {},
    { a: 1, b: 2 },
    { 'a b': 1 },
    { a: { '<x>': 1 } },
    { a: '\u0001' },
    'x',
    { xml: 1 },
  ];
  for (const wrong of wrongs) expect(() => writeXml(wrong), JSON.stringify(wrong)).toThrow();
});

const graphql = { query: 'query One($id: ID!) { node(id: $id) { id } }', operationName: 'One' };

test('graphql: values are variables, the output is `data`', async () => {
  const given = await call(
    { bodyFormat: 'graphql', graphql, bodyTemplate: { id: '{{input.id}}' } },
    { id: '1") { secret } #' },
    { body: { data: { node: { id: '1' } } } },
  );
  expect(JSON.parse(given.body)).toEqual({ ...graphql, variables: { id: '1") { secret } #' } });
  expect(outputOf(given)).toEqual({ node: { id: '1' } });
});

test('graphql: the envelope stays where the app asks for the body', async () => {
  const body = { data: { node: null }, extensions: { cost: 3 } };
  const given = await call(
    { bodyFormat: 'graphql', graphql, bodyTemplate: { id: '1' }, response: { unwrap: 'body' } },
    {},
    { body },
  );
  expect(outputOf(given)).toEqual(body);
});

test('graphql: errors inside a 200 are a failure of their kind, unless the app says otherwise', async () => {
  const fail = (code: string, more: Partial<Action> = {}) =>
    call(
      { bodyFormat: 'graphql', graphql, ...more },
      {},
      {
        body: { data: null, errors: [{ message: 'Sorry', extensions: { code } }] },
      },
    );
  expect(errorOf(await fail('BAD_USER_INPUT'))).toMatchObject({
    type: 'VALIDATION',
    remoteCode: 'BAD_USER_INPUT',
    status: 200,
  });
  expect(errorOf(await fail('BAD'))?.message).toContain('Sorry');
  expect(errorOf(await fail('UNAUTHENTICATED'))).toMatchObject({ type: 'AUTH' });
  expect(errorOf(await fail('THROTTLED'))).toMatchObject({ type: 'RATE_LIMIT', code: 'remote_busy' });
  const errors = [{ when: '{{exists(body.errors)}}', type: 'CONFLICT' as const }];
  expect(errorOf(await fail('BAD', { errors }))).toMatchObject({ type: 'CONFLICT' });
  expect((await fail('BAD', { successWhen: '{{status == 200}}' })).result.ok).toBe(true);
});

test('jsonRpc: an envelope around the parameters, an error inside the answer', async () => {
  const action: Partial<Action> = {
    bodyFormat: 'jsonRpc',
    jsonRpc: { method: 'add' },
    bodyTemplate: ['{{input.a}}', 2],
  };
  const given = await call(action, { a: 1 }, { body: { jsonrpc: '2.0', id: 'KEY', result: 3 } });
  expect(JSON.parse(given.body)).toEqual({ jsonrpc: '2.0', id: 'KEY', method: 'add', params: [1, 2] });
  expect(outputOf(given)).toBe(3);
  const failed = await call(
    action,
    { a: 1 },
    { body: { error: { code: -32601, message: 'No such method' } } },
  );
  expect(errorOf(failed)).toMatchObject({ type: 'VALIDATION', remoteCode: '-32601' });
});

test('lists and objects are written in the style of the request, or of the app', async () => {
  const bodyTemplate = { items: [{ price: 'p1' }], expand: ['a', 'b'] };
  const styles = { arrayStyle: 'indexed', objectStyle: 'brackets' } as const;
  const own = await call({ bodyFormat: 'form', bodyTemplate, ...styles });
  expect(decodeURIComponent(own.body)).toBe('items[0][price]=p1&expand[0]=a&expand[1]=b');
  const inherited = await call(
    { queryTemplate: { id: ['1', '2'] } },
    {},
    { body: {} },
    { arrayStyle: 'csv' },
  );
  expect(inherited.received?.url).toBe('/do?id=1,2');
});

test('ndjson is a list, binary is bytes, and a failure is read as what it is', async () => {
  const lines = await call({ responseFormat: 'ndjson' }, {}, { body: '{"a":1}\n\n{"a":2}\r\n' });
  expect(outputOf(lines)).toEqual([{ a: 1 }, { a: 2 }]);
  expect(errorOf(await call({ responseFormat: 'ndjson' }, {}, { body: '{"a":1}\n{' }))).toMatchObject({
    code: 'response_invalid',
  });
  const file = await call(
    { responseFormat: 'binary' },
    {},
    { headers: { 'content-type': 'text/plain' }, body: 'hi' },
  );
  expect(outputOf(file)).toEqual({ contentType: 'text/plain', bytes: 2, base64: base64('hi') });
  const failed = await call(
    { responseFormat: 'binary' },
    {},
    { status: 404, body: { message: 'No such file' } },
  );
  expect(errorOf(failed)?.message).toContain('No such file');
});

test('an optional file that is absent takes its member with it, and stays where it is there', async () => {
  const bodyTemplate = {
    title: '{{input.title}}',
    content: { base64Of: '{{input.file}}' },
    all: [{ base64Of: '{{input.file}}' }],
    kept: {},
  };
  const { body } = await call({ bodyTemplate }, { title: 'a' });
  expect(JSON.parse(body)).toEqual({ title: 'a', all: [], kept: {} });
  const there = await call({ bodyTemplate }, { file: 'no reference' });
  expect(JSON.parse(there.body)).toMatchObject({ content: { base64Of: 'no reference' } });
});

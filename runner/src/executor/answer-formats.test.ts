// Answers in formats other than JSON: read to values, and refused in bounded work when they are hostile.
import type { Json } from '@weftline/connectors/json';
import type { Action } from '@weftline/connectors/types';
import { afterEach, describe, expect, it } from 'vitest';
import { callService, startService } from '../../testing/call-service.ts';
import type { ServiceCall } from '../../testing/call-service.ts';
import { readCsv } from './read-csv.ts';
import { readXml } from './read-xml.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const call = async (
  action: Partial<Action>,
  { type = '', status = 200, body = '' }: { type?: string; status?: number; body?: string | Buffer },
  more: Partial<ServiceCall> = {},
) => {
  const service = await startService((request, response) => {
    request.resume();
    response.writeHead(status, type === '' ? {} : { 'content-type': type });
    response.end(body);
  });
  cleanups.push(service.close);
  const result = await callService({ host: service.host, action, ...more });
  return result.ok ? result.output : result.error;
};

describe('xml', () => {
  const feed =
    '<?xml version="1.0"?><rss version="2.0"><channel><title>A &amp; B</title>' +
    '<item id="1"><title>One</title></item><item id="2"><title><![CDATA[<Two> &amp;]]></title></item></channel></rss>';
  const value = {
    rss: {
      '@version': '2.0',
      channel: {
        title: 'A & B',
        item: [
          { '@id': '1', title: 'One' },
          { '@id': '2', title: '<Two> &amp;' },
        ],
      },
    },
  };

  it('becomes an object with attributes, texts and lists of repeated elements', async () => {
    expect(await call({ responseFormat: 'xml' }, { body: feed })).toEqual(value);
    expect(readXml('<a b="&#65;&#x42;&quot;">t<c/>u</a>')).toEqual({
      a: { '@b': 'AB"', c: '', '#text': 'tu' },
    });
    expect(readXml('<a>007</a>')).toEqual({ a: '007' });
  });

  it('is read by its type where the format is auto, and stays text where none is named', async () => {
    const answer = { type: 'application/rss+xml; charset=utf-8', body: feed };
    expect(await call({ responseFormat: 'auto' }, answer)).toEqual(value);
    expect(await call({}, answer)).toBe(feed);
  });

  it('gives items also where one element and a list of one cannot be told apart', async () => {
    const action: Partial<Action> = {
      responseFormat: 'xml',
      response: {
        unwrap: 'body.rss.channel.item',
        itemMap: { id: '{{item["@id"]}}', at: '{{index}}', of: '{{status}}' },
      },
    };
    expect(await call(action, { body: feed })).toEqual([
      { id: '1', at: 0, of: 200 },
      { id: '2', at: 1, of: 200 },
    ]);
    const one = '<rss><channel><item id="7"/></channel></rss>';
    expect(await call(action, { body: one })).toEqual([{ id: '7', at: 0, of: 200 }]);
    const listed = {
      ...action,
      response: {},
      pagination: {
        type: 'page',
        items: 'body.rss.channel.item',
        send: { in: 'query', name: 'p' },
        totalPages: 'status',
      },
      maxItems: 1,
    } as Partial<Action>;
    expect(await call(listed, { body: one })).toEqual([{ '@id': '7' }]);
  });

  it('is read in failures as well, for the rules of the app', async () => {
    const action: Partial<Action> = {
      responseFormat: 'xml',
      errors: [
        { when: "{{body.Error.Code == 'SlowDown'}}", type: 'RATE_LIMIT', message: '{{body.Error.Message}}' },
      ],
    };
    const body = '<Error><Code>SlowDown</Code><Message>Less, please</Message></Error>';
    expect(await call(action, { status: 400, type: 'application/xml', body })).toMatchObject({
      type: 'RATE_LIMIT',
      message: 'Less, please',
    });
    expect(await call(action, { status: 400, type: 'application/xml', body: '<broken' })).toMatchObject({
      type: 'VALIDATION',
    });
  });

  it('is decoded as its first line says', async () => {
    const body = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe4</a>', 'latin1');
    expect(await call({ responseFormat: 'xml' }, { type: 'text/xml', body })).toEqual({ a: 'ä' });
  });

  const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY lol${index + 1} "${`&lol${index || ''};`.repeat(10)}">`,
  ).join('')}]><lolz>&lol9;</lolz>`;
  it.each([
    ['a billion laughs', laughs, /document type/],
    ['a file of ours', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', /document type/],
    ['deep nesting', '<a>'.repeat(100_000) + '</a>'.repeat(100_000), /nested more than 64 deep/],
    ['millions of elements', `<r>${'<a/>'.repeat(2_000_000)}</r>`, /more than 500000 elements/],
    ['an end that never comes', '<a><b>', /not valid XML/],
    ['no XML', 'hello', /not valid XML/],
  ])('refuses %s', async (_what, body, why) => {
    expect(await call({ responseFormat: 'xml' }, { body })).toMatchObject({
      code: 'response_invalid',
      sent: 'answered',
      message: expect.stringMatching(why),
    });
  });

  it('reaches no prototype', () => {
    expect(() => readXml('<__proto__><x>1</x></__proto__>')).toThrow(/not valid XML/);
    const read = readXml('<a __proto__="1" constructor="2"/>') as { a: Json };
    expect(JSON.stringify(read)).toBe('{"a":{"@__proto__":"1","@constructor":"2"}}');
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('csv', () => {
  it('becomes a list of objects named by the first line, and texts stay texts', async () => {
    const body = '\ufeffid,name,\n007,"Ann ""A"", Bob",x\n\n8\n';
    expect(await call({ responseFormat: 'csv' }, { type: 'text/csv', body })).toEqual([
      { id: '007', name: 'Ann "A", Bob', 'column 3': 'x' },
      { id: '8' },
    ]);
    expect(await call({ responseFormat: 'csv' }, { body: 'a;a\n1;2,5' })).toEqual([{ a: '1', 'a 2': '2,5' }]);
    expect(await call({ responseFormat: 'csv' }, { body: '' })).toEqual([]);
    expect(JSON.stringify(readCsv('__proto__,b\n1,2'))).toBe('[{"__proto__":"1","b":"2"}]');
  });

  it.each([
    ['a row without end', `a,b\n"${'x'.repeat(3_000_000)}`, /longer than 1048576/],
    ['millions of values', `a,b\n${'1,2\n'.repeat(400_000)}`, /more than 500000 values/],
    ['thousands of columns', 'a,'.repeat(3_000), /more than 2000 columns/],
    ['a row with more values than names', 'a\n1,2', /row 2 has 2 values for 1 names/],
    ['broken quotes', 'a\n"1"2', /not valid CSV at line 2/],
  ])('refuses %s', async (_what, body, why) => {
    expect(await call({ responseFormat: 'csv' }, { body })).toMatchObject({
      code: 'response_invalid',
      message: expect.stringMatching(why),
    });
  });
});

describe('server-sent events', () => {
  it('become a list, with data read when it is JSON', async () => {
    const body = ': hello\nevent: delta\nid: 1\ndata: {"text":"a"}\n\ndata: two\ndata: lines\n\ndata: [DONE]';
    expect(await call({ responseFormat: 'sse' }, { type: 'text/event-stream', body })).toEqual([
      { event: 'delta', id: '1', data: { text: 'a' } },
      { event: 'message', id: null, data: 'two\nlines' },
      { event: 'message', id: null, data: '[DONE]' },
    ]);
  });

  it('close a stream that need not end when there are enough of them', async () => {
    let isClosed = false;
    const service = await startService((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let number = 0;
      const timer = setInterval(() => response.write(`data: {"n":${(number += 1)}}\n\n`), 5);
      response.on('close', () => {
        clearInterval(timer);
        isClosed = true;
      });
    });
    cleanups.push(service.close);
    const action: Partial<Action> = {
      responseFormat: 'sse',
      maxItems: 2,
      response: { itemMap: '{{item.data}}' },
    };
    const result = await callService({ host: service.host, action });
    expect(result).toMatchObject({ ok: true, output: [{ n: 1 }, { n: 2 }] });
    await expect.poll(() => isClosed).toBe(true);
    const few = { responseFormat: 'sse', maxItems: 5 } as const;
    expect(await call(few, { body: 'data: 1\n\ndata: 2' })).toMatchObject([{ data: 1 }, { data: 2 }]);
    expect(await call(few, { status: 400, body: 'no' })).toMatchObject({ type: 'VALIDATION' });
  });

  it('end an endless stream at the limits of size, number and time', async () => {
    const service = await startService((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const line = `data: ${'x'.repeat(request.url === '/slow' ? 1 : 60_000)}\n\n`;
      const timer = setInterval(() => response.write(line), 5);
      response.on('close', () => clearInterval(timer));
    });
    cleanups.push(service.close);
    const fast = await callService({
      host: service.host,
      action: { responseFormat: 'sse' },
      caps: { maxBodyBytes: 1024 * 1024 },
    });
    expect(fast).toMatchObject({ ok: false, error: { code: 'too_large', sent: 'answered' } });
    const slow = await callService({
      host: service.host,
      action: { responseFormat: 'sse', endpointTemplate: '/slow', timeoutMs: 300 },
    });
    expect(slow).toMatchObject({ ok: false, error: { code: 'step_timeout' } });
    expect(await call({ responseFormat: 'sse' }, { body: 'data: 1\n\n'.repeat(10_001) })).toMatchObject({
      message: expect.stringMatching(/more than 10000 events/),
    });
  });
});

describe('itemMap', () => {
  const list = { type: 'application/json', body: JSON.stringify({ data: [{ id: 1, n: 'a' }, { id: 2 }] }) };
  it('builds each item of the body, of a part of it, and of a mapped list', async () => {
    const itemMap = { id: '{{item.id}}', name: '{{item.n}}' };
    const expected = [{ id: 1, name: 'a' }, { id: 2 }];
    expect(await call({ response: { unwrap: 'data', itemMap } }, list)).toEqual(expected);
    expect(await call({ response: { map: '{{body.data}}', itemMap } }, list)).toEqual(expected);
    expect(await call({ response: { unwrap: 'data', itemMap: '{{item.n}}' } }, list)).toEqual(['a', null]);
  });
  it('builds the items of all pages', async () => {
    const pagination: Action['pagination'] = {
      type: 'page',
      items: 'body.data',
      send: { in: 'query', name: 'page' },
      totalPages: 'headers["x-pages"]',
    };
    const action: Partial<Action> = {
      pagination,
      maxItems: 3,
      response: { itemMap: '{{index * 10 + item.id}}' },
    };
    expect(await call(action, list)).toEqual([1, 12, 21]);
  });
  it('says what to do when the answer is no list, and bounds the work of all items together', async () => {
    expect(await call({ response: { itemMap: '{{item}}' } }, list)).toMatchObject({
      code: 'bad_value',
      message: expect.stringMatching(/unwrap/),
    });
    const many = { type: 'application/json', body: JSON.stringify(Array(10_000).fill('x'.repeat(500))) };
    expect(await call({ response: { itemMap: '{{sort(body)}}' } }, many)).toMatchObject({
      code: 'expression_limit',
    });
  });
});

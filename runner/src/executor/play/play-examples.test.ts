import { loadApps } from '@weftline/connectors/load-apps';
import { readExample } from '@weftline/connectors/read-example';
import type { Action, Auth, Connector, Example, ExpectedCall } from '@weftline/connectors/types';
import { expect, test } from 'vitest';
import { playExamples } from './play-examples.ts';

const action: Action = {
  key: 'add',
  name: 'Add',
  method: 'POST',
  endpointTemplate: '/things',
  inputSchema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
  headersTemplate: { 'X-Team': '{{connection.team}}' },
  bodyTemplate: { thing: '{{input.name}}' },
  errors: [{ when: '{{body.ok == false}}', type: 'VALIDATION', code: '{{body.error}}' }],
  response: { unwrap: 'body.thing' },
  outputSchema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
};
const connector = (...examples: Example[]): Connector => ({
  manifestVersion: 1,
  app: { key: 'desk', name: 'Desk' },
  version: '1.0.0',
  baseUrl: 'https://api.desk.example',
  connectionSchema: { type: 'object', properties: { team: { type: 'string' } } },
  auth: [
    {
      key: 'key',
      label: 'Key',
      type: 'API_KEY',
      apply: [{ in: 'header', name: 'Authorization', value: 'Bearer {{credentials.apiKey}}' }],
    },
  ],
  actions: [{ ...action, examples }],
});

const right: Example = {
  title: 'a thing is made',
  input: { name: 'Desk' },
  config: { team: 'blue' },
  expect: {
    request: {
      method: 'POST',
      url: 'https://api.desk.example/things',
      headers: { 'X-Team': 'blue', authorization: 'Bearer apiKey-of-an-example' },
      body: { thing: 'Desk' },
    },
    response: { status: 201, body: { thing: { id: '1' } } },
    output: { id: '1' },
  },
};

test('an example that tells the truth is told with what was sent, secrets taken out', async () => {
  const [played] = await playExamples(connector(right));
  expect(played).toMatchObject({
    action: 'add',
    title: 'a thing is made',
    path: '/actions/0/examples/0',
    ok: true,
    faults: [],
  });
  expect(JSON.stringify(played)).not.toContain('apiKey-of-an-example');
});

test.each<[string, Example['expect'], RegExp]>([
  ['another method', { request: { method: 'PUT' } }, /The method is POST, and the example expects PUT/],
  [
    'another address',
    { request: { url: 'https://x.example' } },
    /The url is https:\/\/api.desk.example\/things/,
  ],
  ['another header', { request: { headers: { 'X-Team': 'red' } } }, /The header X-Team is "blue"/],
  ['another body', { request: { body: { thing: 'Chair' } } }, /The body is {"thing":"Desk"}/],
  ['another output', { output: { id: '2' } }, /The output is {"id":"1"}, and the example expects {"id":"2"}/],
  ['a failure', { output: { error: { type: 'VALIDATION' } } }, /It succeeded/],
  [
    'an answer that does not fit the schema',
    { response: { body: { thing: { id: 1 } } } },
    /does not fit its schema at \/id/,
  ],
])('an example that expects %s is caught', async (_, wrong, message) => {
  const [played] = await playExamples(
    connector({ ...right, expect: { response: right.expect!.response!, ...wrong } }),
  );
  expect(played!.ok).toBe(false);
  expect(played!.faults.join(' ')).toMatch(message);
});

test('a failure that the example expects is one, by type and code', async () => {
  const failing = (code: string): Example => ({
    title: 'refused',
    input: { name: 'x' },
    config: { team: 'blue' },
    expect: {
      response: { status: 200, body: { ok: false, error: 'no_room' } },
      output: { error: { type: 'VALIDATION', code } },
    },
  });
  const [fits, differs] = await playExamples(connector(failing('no_room'), failing('no_door')));
  expect(fits!.ok).toBe(true);
  expect(differs!.faults).toEqual(["The failure's code is no_room, and the example expects no_door."]);
});

test('several requests of one action are told in order, and one more than told is a fault', async () => {
  const steps = [{ id: 'look', method: 'GET', endpointTemplate: '/room', capture: { room: 'body.room' } }];
  const calls: ExpectedCall[] = [
    { request: { url: 'https://api.desk.example/room' }, response: { body: { room: 7 } } },
    {
      request: { method: 'POST', body: { thing: 'Desk', room: 7 } },
      response: { body: { thing: { id: '1' } } },
    },
  ];
  const whole = (told: ExpectedCall[]): Connector => {
    const document = connector({ ...right, expect: { calls: told, output: { id: '1' } } });
    return {
      ...document,
      actions: [
        {
          ...document.actions[0]!,
          steps,
          bodyTemplate: { thing: '{{input.name}}', room: '{{steps.look.room}}' },
        },
      ],
    };
  };
  expect((await playExamples(whole(calls)))[0]).toMatchObject({ ok: true, faults: [] });
  expect((await playExamples(whole(calls.slice(0, 1))))[0]!.faults.join(' ')).toMatch(/one more/);
});

const documents = [readExample() as Connector, ...loadApps()];

test.each(documents.map((document) => ({ document, key: document.app.key })))(
  'every example of $key tells the truth',
  async ({ document }) => {
    const played = await playExamples(document);
    expect(played.filter(({ ok }) => !ok).map(({ title, faults }) => [title, faults])).toEqual([]);
  },
);

test('the connector of the reference brings examples', async () => {
  expect((await playExamples(documents[0]!)).length).toBeGreaterThanOrEqual(2);
});

test('files of an example stand for themselves: sent as a text, and kept under the name of the example', async () => {
  const swap: Action = {
    ...action,
    errors: [],
    response: {},
    headersTemplate: {},
    bodyFormat: 'binary',
    bodyTemplate: '{{input.file}}',
    responseFormat: 'file',
    inputSchema: { type: 'object', properties: { file: { 'x-file': true } } },
    outputSchema: {},
    examples: [
      {
        title: 'a file goes and one comes',
        input: { file: { fileId: 'a', name: 'a.txt', contentType: 'text/plain' } },
        expect: {
          request: { headers: { 'content-type': 'text/plain' }, body: 'file a' },
          response: { headers: { 'content-type': 'text/csv' }, body: '1,2' },
          output: { fileId: 'example-1', name: 'things', contentType: 'text/csv', size: 3 },
        },
      },
    ],
  };
  const [played] = await playExamples({ ...connector(), actions: [swap] });
  expect(played).toMatchObject({ ok: true, faults: [] });
});

test('a request that names another way to sign in is played with that one, its token as if it had been got', async () => {
  const { auth: own, actions, ...rest } = connector();
  const client: Auth = {
    key: 'app',
    label: 'App',
    type: 'OAUTH2',
    oauth2: { grant: 'client_credentials', tokenUrl: 'https://api.desk.example/token', scopes: [] },
  };
  const typed = { type: 'object', properties: { clientId: {}, clientSecret: {} } };
  const authorization = (value: string) => ({
    ...right,
    expect: {
      ...right.expect,
      request: { ...(right.expect!.request as object), headers: { 'X-Team': 'blue', authorization: value } },
    },
  });
  const played = await playExamples({
    ...rest,
    auth: [{ ...own[0]!, credentialsSchema: typed }, client],
    actions: [
      { ...actions[0]!, examples: [authorization('Bearer apiKey-of-an-example')] },
      {
        ...actions[0]!,
        key: 'add-as-app',
        auth: 'app',
        examples: [authorization('Bearer accessToken-of-app')],
      },
    ],
  });
  expect(played.map(({ faults }) => faults)).toEqual([[], []]);
});

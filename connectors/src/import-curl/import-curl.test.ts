import { expect, test } from 'vitest';
import type { Connector } from '../types.ts';
import { importCurl } from './index.ts';

function take(command: string): { definition: Connector; warnings: string[] } {
  const answer = importCurl(command);
  if ('problem' in answer) throw new Error(answer.problem);
  return answer;
}

test('a line with JSON and a bearer token becomes an action, and the token stays out', () => {
  const { definition, warnings } =
    take(`curl -X POST 'https://api.example.com/v1/users/42/notes?draft=true' \\
    -H 'Authorization: Bearer sk-very-secret' -H "Content-Type: application/json" -H 'X-Version: 2' \\
    --data-raw '{"title":"Hi","password":"hunter2","tags":["a"],"count":3}'`);
  expect(JSON.stringify(definition)).not.toMatch(/very-secret|hunter2/);
  expect(definition).toMatchObject({
    baseUrl: 'https://api.example.com',
    auth: [{ type: 'API_KEY', test: { method: 'GET', endpointTemplate: '/' } }],
    actions: [
      {
        method: 'POST',
        effect: 'create',
        idempotency: { mode: 'none' },
        endpointTemplate: '/v1/users/{user_id}/notes',
        headersTemplate: { 'X-Version': '2' },
        querySchema: { properties: { draft: { type: 'string' } } },
        bodySchema: {
          properties: {
            title: { type: 'string', examples: ['Hi'] },
            password: { 'x-secret': true },
            count: { type: 'integer' },
          },
        },
      },
    ],
  });
  expect(warnings.join()).toContain('not kept');
});

test('forms, files, uploads, basic credentials and parameters of -G', () => {
  expect(take(`curl -u ada:pw https://x.example/f -d a=1 --data-urlencode 'b=x y'`).definition).toMatchObject(
    {
      auth: [{ type: 'BASIC' }],
      actions: [
        {
          method: 'POST',
          bodyFormat: 'form',
          bodySchema: { properties: { a: {}, b: { examples: ['x y'] } } },
        },
      ],
    },
  );
  expect(take('curl https://x.example/f -F file=@a.png -F note=hi').definition.actions[0]).toMatchObject({
    bodyFormat: 'multipart',
    bodySchema: { properties: { file: { 'x-file': true }, note: { type: 'string' } } },
  });
  expect(take('curl -T a.bin https://x.example/f').definition.actions[0]).toMatchObject({
    method: 'PUT',
    bodyFormat: 'binary',
    idempotency: { mode: 'natural' },
  });
  const get = take(`curl -sSLG https://x.example/f -d q=1 --data-urlencode "api_key=hidden"`).definition;
  expect(get.actions[0]).toMatchObject({
    method: 'GET',
    effect: 'read',
    querySchema: { properties: { q: {} } },
  });
  expect(get.auth[0]).toMatchObject({
    apply: [{ in: 'query', name: 'api_key', value: '{{credentials.apiKey}}' }],
  });
  expect(JSON.stringify(get)).not.toContain('hidden');
});

test('several secrets, a cookie and a line as browsers copy it', () => {
  const { definition, warnings } = take(
    `curl 'https://x.example/a' -H 'X-Api-Key: uno' -H 'X-App-Token: dos' -b 'sid=tres' --compressed --json $'{"a":"it\\'s"}'`,
  );
  expect(JSON.stringify(definition)).not.toMatch(/uno|dos|tres/);
  expect(definition.auth[0]!.apply).toEqual([
    { in: 'header', name: 'X-Api-Key', value: '{{credentials.apiKey}}' },
    { in: 'header', name: 'X-App-Token', value: '{{credentials.secret2}}' },
  ]);
  expect(definition.actions[0]).toMatchObject({ bodySchema: { properties: { a: { examples: ["it's"] } } } });
  expect(warnings.join()).toContain('cookies');
});

test('what is no call of the web says so', () => {
  for (const line of [
    'wget https://x.example',
    'curl',
    'curl ftp://x.example/a',
    'curl -X BREW https://x.example',
    'curl "',
  ])
    expect(importCurl(line)).toHaveProperty('problem');
  expect(importCurl('curl http://169.254.169.254/latest')).toHaveProperty('problem');
});

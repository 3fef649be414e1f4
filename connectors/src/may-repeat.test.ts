import { expect, test } from 'vitest';
import { findAction, formatUse, parseUse } from './find-action.ts';
import { loadApps } from './load-apps.ts';
import { mayRepeat } from './may-repeat.ts';

const find = (app: string, key: string) =>
  findAction(
    loadApps().find((connector) => connector.app.key === app)!,
    key,
  )!;

test('the http app is sent again with the same key, unless the step asks for a person', () => {
  const request = find('http', 'request');
  expect(mayRepeat(request, { method: 'POST', url: 'https://a.example' })).toBe(true);
  expect(mayRepeat(request, { method: 'POST', url: 'https://a.example', onUnknown: 'ask' })).toBe(false);
  expect(mayRepeat(request, { method: 'GET', url: 'https://a.example', onUnknown: 'ask' })).toBe(true);
  expect(mayRepeat(request, { url: 'https://a.example', onUnknown: 'ask' })).toBe(true);
});

test('reading and naturally repeatable actions are sent again, others are not', () => {
  expect(mayRepeat(find('rabbitmq', 'list-queues'), {})).toBe(true);
  expect(mayRepeat(find('rabbitmq', 'create-queue'), { name: 'q' })).toBe(true);
  expect(mayRepeat(find('slack', 'send-message'), { channel: 'C1', text: 'hi' })).toBe(false);
});

test('a use names app, version and key', () => {
  expect(parseUse('github@1.2.0#create-issue')).toEqual({
    app: 'github',
    version: '1.2.0',
    key: 'create-issue',
  });
  expect(formatUse({ app: 'http', version: '1.0.0', key: 'request' })).toBe('http@1.0.0#request');
  for (const wrong of ['github', 'github@1#x', 'github@1.0.0', 'GitHub@1.0.0#x', '@1.0.0#x', 'a@1.0.0#x#y'])
    expect(parseUse(wrong), wrong).toBeNull();
});

import { expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const base = baseConnector() as unknown as Connector;
const [auth] = base.auth;
const [action] = base.actions;
const withAction = (change: object): Connector => ({ ...base, actions: [{ ...action!, ...change }] });
const request = { method: 'GET', endpointTemplate: '/x', responseFormat: 'file' } as const;

test('an action keeps an answer as a file, and so do its steps', () => {
  expect(validateConnector(withAction({ responseFormat: 'file' }), 'save')).toEqual([]);
  const steps = [{ id: 'first', ...request }];
  expect(validateConnector(withAction({ steps }), 'save')).toEqual([]);
});

test('a list in pages and a test of a connection keep none', () => {
  const pagination = { type: 'link', items: 'body' };
  expect(validateConnector(withAction({ responseFormat: 'file', pagination }), 'save')).toMatchObject([
    { path: '/actions/0/responseFormat', code: 'wrong_value' },
  ]);
  expect(validateConnector({ ...base, auth: [{ ...auth!, test: request }] }, 'save')).toMatchObject([
    { path: '/auth/0/test/responseFormat', code: 'wrong_value' },
  ]);
});

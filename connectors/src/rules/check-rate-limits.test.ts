import { expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Action, Connector, RateLimit } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const limit: RateLimit = { limit: 10, windowMs: 1_000 };
const action = {
  key: 'send',
  name: 'Send',
  effect: 'send',
  method: 'POST',
  endpointTemplate: '/messages',
  inputSchema: { type: 'object', properties: { channel: { type: 'string' } }, additionalProperties: false },
  outputSchema: {},
} as const;
const problems = (change: Partial<Action>, rateLimit?: RateLimit) => {
  const base = baseConnector() as unknown as Connector;
  const { rateLimit: _, ...defaults } = base.defaults ?? {};
  const connector = {
    ...base,
    defaults: { ...defaults, ...(rateLimit ? { rateLimit } : {}) },
    actions: [...base.actions, { ...action, ...change }],
  };
  return validateConnector(connector, 'save').map(({ path, code }) => `${path} ${code}`);
};
const at = `/actions/${(baseConnector() as unknown as Connector).actions.length}`;

test('an action may count as several requests of the limit that all share', () => {
  expect(problems({ rateCost: 5 }, limit)).toEqual([]);
  expect(problems({ rateCost: 5 })).toEqual([`${at}/rateCost missing_key`]);
  expect(problems({ rateCost: 11 }, limit)).toEqual([`${at}/rateCost wrong_value`]);
  expect(problems({ rateCost: 5, rateLimit: limit }, limit)).toEqual([`${at}/rateCost unknown_key`]);
});

test('the key of a limit reads what is declared, and never a credential', () => {
  const keyed = (key: string) => problems({ rateLimit: { ...limit, key } });
  expect(keyed('{{input.channel}}')).toEqual([]);
  expect(keyed('{{input.chanel}}')).toEqual([`${at}/rateLimit/key undeclared_name`]);
  expect(keyed('{{credentials.apiKey}}')).toEqual([`${at}/rateLimit/key credentials_outside_auth`]);
  const [inDefaults] = problems({}, { ...limit, key: '{{input.channel}}' });
  expect(inDefaults).toMatch(/^\/defaults\/rateLimit\/key /);
});

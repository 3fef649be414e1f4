import { expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Connector, RetryAfter } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const codes = (source: RetryAfter): string[] => {
  const base = baseConnector() as unknown as Connector;
  const [action] = base.actions;
  const retry = { maxRetries: 2, backoff: 'exponential' as const, retryAfter: [source] };
  const document = { ...base, defaults: { ...base.defaults, retry }, actions: [{ ...action, retry }] };
  return validateConnector(document, 'save').map(({ path, code }) => `${path} ${code}`);
};
const from = { body: 'message' };

test('a wait in a sentence needs a pattern with a group, for an engine that does not look back', () => {
  expect(codes({ from, unit: 'seconds', regex: 'in ([0-9]+) s' })).toEqual([]);
  expect(codes({ from, unit: 'duration' })).toEqual([]);
  const places = ['/defaults/retry/retryAfter/0/regex', '/actions/0/retry/retryAfter/0/regex'];
  for (const regex of ['in [0-9]+ s', '(a)\\1', '(?=x)y', '(((']) {
    const found = codes({ from, unit: 'seconds', regex });
    expect(found).toEqual(places.map((place) => `${place} bad_pattern`));
  }
});

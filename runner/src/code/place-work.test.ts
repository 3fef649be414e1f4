import { expect, test } from 'vitest';
import { isCalled, mostCodeLength, placeWork, workOf } from '../workflow/place-work.ts';
import type { StepDefinition } from '../workflow/types.ts';
import { codeLimits } from './code-limits.ts';

test('our own work of under a second is done in the process, anything longer is isolated', () => {
  expect(placeWork({ isOurs: true, expectedMs: 50 })).toBe('in-process');
  expect(placeWork({ isOurs: true, expectedMs: 999 })).toBe('in-process');
  expect(placeWork({ isOurs: true, expectedMs: 1_000 })).toBe('isolated');
});

test('what somebody else wrote is isolated, however short it says it is', () => {
  expect(placeWork({ isOurs: false, expectedMs: 1 })).toBe('isolated');
  const code: StepDefinition = { id: 'calc', kind: 'code', source: 'return 1;', timeoutMs: 1 };
  expect(placeWork(workOf(code))).toBe('isolated');
  expect(isCalled(code)).toBe(true);
  expect(isCalled({ id: 'out', kind: 'transform', output: 1 })).toBe(false);
});

test('the document and the sandbox agree how long code may be', () => {
  expect(codeLimits.source).toBe(mostCodeLength);
});

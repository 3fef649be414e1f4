import type { Connector } from '@weftline/connectors/types';
import { expect, test } from 'vitest';
import type { Call, CallResult } from '../executor/types.ts';
import { CodedError } from '../platform/errors.ts';
import type { StepDefinition } from '../workflow/types.ts';
import type { AttemptServices } from './prepare-attempt.ts';
import { type StepTest, testStep } from './test-step.ts';

const connector = {
  app: { key: 'acme', name: 'Acme' },
  actions: [{ key: 'send', method: 'POST', effect: 'create' }],
} as unknown as Connector;
const answered: CallResult = {
  ok: true,
  output: { id: 7 },
  warnings: [],
  request: { method: 'POST', url: 'https://acme.example/send', headers: {}, body: null },
  response: { status: 200, headers: {}, body: null },
  tookMs: 3,
};
function servicesWith(answer: CallResult | Error): AttemptServices & { calls: Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    findApp: async (_tenantId, key, version) => (key === 'acme' && version === '1.0.0' ? connector : null),
    openConnection: () => Promise.reject(new Error('not opened here')),
    idempotencyKey: async () => 'key',
    callAction: async (call) => {
      calls.push(call);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}
const tried = (step: object, more: Partial<StepTest> = {}, services = servicesWith(answered)) =>
  testStep(
    {
      tenantId: 't',
      workflowId: 'w',
      workflowName: 'W',
      definition: { format: 'workflow/1', name: 'W', trigger: { kind: 'manual' }, steps: [] },
      step: { id: 'one', ...step } as StepDefinition,
      samples: { trigger: { total: 120 }, steps: { before: { city: 'Berlin' } } },
      vars: { limit: 100 },
      ...more,
    },
    services,
  );

const send = { kind: 'action', use: 'acme@1.0.0#send', input: { to: '{{steps.before.output.city}}' } };

test('an action is called once with its input filled, and its answer is the output', async () => {
  const services = servicesWith(answered);
  const answer = await tried(send, {}, services);
  expect(answer).toMatchObject({ ok: true, resolvedInput: { to: 'Berlin' }, output: { id: 7 } });
  expect(services.calls).toHaveLength(1);
  expect(services.calls[0]).toMatchObject({ action: 'send', input: { to: 'Berlin' }, run: { attempt: 1 } });
});

test('a condition of the step is left aside: the person asked for this step', async () => {
  expect(await tried({ ...send, when: '{{false}}', disabled: true })).toMatchObject({ ok: true });
  const skipped = { kind: 'transform', output: '{{vars.limit}}', when: '{{false}}', disabled: true };
  expect(await tried(skipped)).toMatchObject({ ok: true, output: 100 });
});

test('what goes wrong is the answer: a sample that is not there, an app that is not published, a refusal', async () => {
  const services = servicesWith(answered);
  const missing = await tried(send, { samples: { steps: {} } }, services);
  expect(missing).toMatchObject({ ok: false, error: { code: 'unresolved_path' } });
  expect(services.calls).toEqual([]);
  expect(await tried({ ...send, use: 'acme@9.0.0#send' })).toMatchObject({
    ok: false,
    error: { code: 'not_found' },
  });
  const refusal: CallResult = {
    ok: false,
    error: {
      code: 'remote_refused',
      type: 'VALIDATION',
      message: 'No such city',
      status: 422,
      sent: 'answered',
    },
    request: null,
    response: null,
    tookMs: 1,
  };
  const refused = await tried(send, {}, servicesWith(refusal));
  expect(refused).toMatchObject({ ok: false, error: { code: 'remote_refused', status: 422 } });
  const gone = new CodedError({ code: 'not_found', message: 'The connection is gone.' });
  expect(await tried(send, {}, servicesWith(gone))).toMatchObject({
    ok: false,
    error: { code: 'not_found' },
  });
});

test('a fault of ours is not dressed up as an answer', async () => {
  await expect(tried(send, {}, servicesWith(new TypeError('bug')))).rejects.toThrow('bug');
});

test('a filter says what decided; a delay says until when', async () => {
  const passed = await tried({ kind: 'filter', condition: '{{trigger.output.total > vars.limit}}' });
  expect(passed).toMatchObject({
    ok: true,
    output: { passed: true },
    why: expect.stringMatching(/^Went on/),
  });
  const stopped = await tried({ kind: 'filter', condition: '{{trigger.output.total > 500}}' });
  expect(stopped).toMatchObject({
    ok: true,
    output: { passed: false },
    why: expect.stringMatching(/^Stopped/),
  });
  const delay = await tried({ kind: 'delay', seconds: 60 });
  expect(delay).toMatchObject({ ok: true, output: { until: expect.any(String) } });
});

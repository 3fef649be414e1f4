// The workflows of the chaos suite: every kind of step whose work a fault could lose or repeat.

type Step = { id: string; kind: string; [member: string]: unknown };

/** A call of the receiver that says who calls; what goes wrong goes wrong at `at` alone. */
const call = (host: string, id: string, at: string, more: object = {}, input: object = {}): Step => ({
  id,
  kind: 'action',
  use: 'http@1.0.0#request',
  connection: null,
  timeoutMs: 2_500,
  retry: { maxRetries: 6, initialDelayMs: 200 },
  input: {
    method: 'POST',
    url: `http://${host}/`,
    body: {
      runId: '{{run.id}}',
      step: id,
      delivery: '{{trigger.output.body.id}}',
      behaviour: id === at ? '{{trigger.output.body.behaviour}}' : 'normal',
    },
    ...input,
  },
  ...more,
});

const flow = (name: string, steps: Step[]) => ({
  format: 'workflow/1',
  name,
  trigger: { kind: 'webhook' },
  steps,
});

/** By name, with the ids of the steps that call the receiver. */
export const flows: { [name: string]: { calls: string[]; define(host: string): object } } = {
  chain: {
    calls: ['one', 'two', 'three'],
    define: (host) =>
      flow('chain', [call(host, 'one', 'two'), call(host, 'two', 'two'), call(host, 'three', 'two')]),
  },
  fan: {
    calls: ['one', 'two', 'three'],
    define: (host) =>
      flow('fan', [
        { id: 'begin', kind: 'transform', output: { id: '{{trigger.output.body.id}}' } },
        call(host, 'one', 'one', { after: ['begin'] }),
        call(host, 'two', 'one', { after: ['begin'] }),
        { id: 'both', kind: 'filter', after: ['one', 'two'], condition: '{{true}}' },
        call(host, 'three', 'one', { after: ['both'] }),
      ]),
  },
  timer: {
    calls: ['one', 'two'],
    define: (host) =>
      flow('timer', [
        call(host, 'one', 'one'),
        { id: 'pause', kind: 'delay', seconds: 1 },
        call(host, 'two', 'one'),
      ]),
  },
  /** Nothing is sent again by itself: a person is asked. */
  ask: {
    calls: ['one', 'two'],
    define: (host) =>
      flow('ask', [
        call(host, 'one', 'one', {}, { onUnknown: 'ask' }),
        call(host, 'two', 'one', {}, { onUnknown: 'ask' }),
      ]),
  },
};

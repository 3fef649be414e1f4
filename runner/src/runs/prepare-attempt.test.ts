import type { Action, Connector } from '@weftline/connectors/types';
import { describe, expect, test } from 'vitest';
import type { Call, OpenConnection } from '../executor/types.ts';
import { emptyState } from '../workflow/fold-journal.ts';
import type { ActionStep, WorkflowDefinition } from '../workflow/types.ts';
import type { RunTicket } from './decide-run.ts';
import { attemptPreparer, safetyOf, timeouts } from './prepare-attempt.ts';

const action = (more: Partial<Action>): Action =>
  ({ key: 'send', method: 'POST', endpointTemplate: '/x', ...more }) as Action;
const keyed = { mode: 'header', name: 'Idempotency-Key' } as const;

describe('whether an action may be sent again (R9)', () => {
  test('is safe when it only reads, by its method or by what it says of itself', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'get'])
      expect(safetyOf(action({ method }), {})).toBe('safe');
    expect(safetyOf(action({ effect: 'read' }), {})).toBe('safe');
  });

  test('is idempotent when the far side knows repeats by a key or by nature', () => {
    for (const mode of ['header', 'field', 'query'] as const)
      expect(safetyOf(action({ idempotency: { mode, name: 'key' } }), {})).toBe('idempotent');
    expect(safetyOf(action({ method: 'PUT', idempotency: { mode: 'natural' } }), {})).toBe('idempotent');
  });

  test('is unsafe when it says nothing, whatever its method', () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(safetyOf(action({ method }), {})).toBe('unsafe');
    expect(safetyOf(action({ idempotency: { mode: 'none' } }), {})).toBe('unsafe');
  });

  test('goes by the method that was chosen where the method is an input', () => {
    const chosen = action({ method: "{{input.method ?? 'GET'}}", idempotency: keyed, effect: 'read' });
    expect(safetyOf(chosen, {})).toBe('safe');
    expect(safetyOf(chosen, null)).toBe('safe');
    expect(safetyOf(chosen, { method: 'HEAD' })).toBe('safe');
    // What an action says of its effect holds for its usual method only.
    expect(safetyOf(chosen, { method: 'POST' })).toBe('idempotent');
    expect(safetyOf(action({ method: '{{input.method}}' }), { method: 'DELETE' })).toBe('unsafe');
  });

  test('is left to a person where the action says so for this input', () => {
    const asks = action({ idempotency: { ...keyed, askWhen: "{{input.onUnknown == 'ask'}}" } });
    expect(safetyOf(asks, { onUnknown: 'ask' })).toBe('unsafe');
    expect(safetyOf(asks, { onUnknown: 'repeat' })).toBe('idempotent');
    expect(safetyOf(asks, {})).toBe('idempotent');
    // Other actions may use the name for something else.
    expect(safetyOf(action({ idempotency: keyed }), { onUnknown: 'ask' })).toBe('idempotent');
  });
});

const connector = (more: Partial<Connector> = {}, send: Partial<Action> = {}): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'mail', name: 'Mail' },
    version: '1.0.0',
    auth: [],
    actions: [action({ idempotency: keyed, inputSchema: { type: 'object' }, ...send })],
    ...more,
  }) as unknown as Connector;
const ticket: RunTicket = {
  tenantId: 't',
  runId: 'r',
  epoch: 1,
  workflowId: 'w',
  version: 1,
  workflowName: 'Orders',
  state: { ...emptyState(), chain: ['outer'] },
};
const definition = (connections: WorkflowDefinition['connections'] = {}): WorkflowDefinition => ({
  format: 'workflow/1',
  name: 'Orders',
  trigger: { kind: 'manual' },
  connections,
  steps: [],
});
const step = (more: Partial<ActionStep> = {}): ActionStep => ({
  id: 's',
  kind: 'action',
  use: 'mail@1.0.0#send',
  ...more,
});

function preparer(found: Connector | null) {
  const calls: Call[] = [];
  const opened: string[] = [];
  const prepare = attemptPreparer({
    findApp: async (tenantId, key, version) =>
      tenantId === 't' && key === 'mail' && version === '1.0.0' ? found : null,
    openConnection: async (_tenantId, id) => {
      opened.push(id);
      return { id } as OpenConnection;
    },
    idempotencyKey: async (...parts) => parts.join('/'),
    callAction: async (call) => {
      calls.push(call);
      return { ok: true, output: 1, warnings: [], request: {} as never, response: {} as never, tookMs: 1 };
    },
  });
  return { prepare, calls, opened };
}

describe('an attempt', () => {
  test('has the same key whatever its number, and opens no connection before it is made (R6)', async () => {
    const { prepare, calls, opened } = preparer(connector());
    const connected = definition({ team: { app: 'mail', connectionId: 'c1' } });
    const first = await prepare(ticket, connected, step({ connection: 'team' }), { a: 1 }, 1);
    const second = await prepare(ticket, connected, step({ connection: 'team' }), { a: 1 }, 2);
    expect(second.key).toBe(first.key);
    expect(first).toMatchObject({ key: 't/r/s/0', input: { a: 1 }, safety: 'idempotent' });
    expect(opened).toEqual([]);
    const { signal } = new AbortController();
    await second.call(signal);
    expect(calls[0]).toMatchObject({
      tenantId: 't',
      action: 'send',
      input: { a: 1 },
      run: { id: 'r', stepId: 's', attempt: 2, idempotencyKey: first.key },
      signal,
    });
    expect(opened).toEqual([]);
    await calls[0]!.openConnection!();
    expect(opened).toEqual(['c1']);
  });

  test('takes its time limit from the step, else the action, else the app, 300 s at most', async () => {
    const limitOf = async (app: Connector, more: Partial<ActionStep> = {}) => {
      const { prepare, calls } = preparer(app);
      const attempt = await prepare(ticket, definition(), step(more), {}, 1);
      await attempt.call(new AbortController().signal);
      return calls[0]!.timeoutMs;
    };
    expect(await limitOf(connector())).toBe(timeouts.presetMs);
    expect(await limitOf(connector({ defaults: { timeoutMs: 5 } }))).toBe(5);
    expect(await limitOf(connector({ defaults: { timeoutMs: 5 } }, { timeoutMs: 6 }))).toBe(6);
    expect(await limitOf(connector({}, { timeoutMs: 6 }), { timeoutMs: 7 })).toBe(7);
    expect(await limitOf(connector({}, { timeoutMs: 900_000 }))).toBe(timeouts.mostMs);
  });

  test('is repeated as the step says, else the action, else the app', async () => {
    const app = connector(
      { defaults: { retry: { maxRetries: 1, initialDelayMs: 10, maxDelayMs: 100 } } },
      { retry: { maxRetries: 2, initialDelayMs: 20 } },
    );
    const { prepare } = preparer(app);
    const attempt = await prepare(ticket, definition(), step({ retry: { maxRetries: 3 } }), {}, 1);
    expect(attempt.retry).toEqual({ maxRetries: 3, initialDelayMs: 20, maxDelayMs: 100 });
    expect((await preparer(connector()).prepare(ticket, definition(), step(), {}, 1)).retry).toEqual({});
  });

  test('is refused where the app, the action or the account is not there', async () => {
    const refused = (more: Partial<ActionStep>, found: Connector | null = connector(), slots = {}) =>
      expect(preparer(found).prepare(ticket, definition(slots), step(more), {}, 1)).rejects.toMatchObject({
        code: 'not_found',
      });
    await refused({}, null);
    await refused({ use: 'mail@1.0.0#other' });
    await refused({ use: 'mail@2.0.0#send' });
    await refused({ use: 'nonsense' });
    await refused({ connection: 'team' });
    await refused({ connection: 'constructor' });
    await refused({ connection: 'team' }, connector(), { team: { app: 'mail', connectionId: null } });
  });
});

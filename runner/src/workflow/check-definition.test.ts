import type { Connector } from '@weftline/connectors/types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDefinition } from './check-definition.ts';

const connector = (key: string, auth: 'NONE' | 'API_KEY'): Connector =>
  ({
    manifestVersion: 1,
    app: { key, name: key.toUpperCase() },
    version: '1.0.0',
    auth: [{ key: 'main', type: auth }],
    actions: [
      {
        key: 'send',
        method: 'POST',
        endpointTemplate: '/x',
        inputSchema: { type: 'object', required: ['to', 'toString'] },
      },
      {
        key: 'parts',
        method: 'POST',
        endpointTemplate: '/{id}',
        pathSchema: { type: 'object', required: ['id'] },
        bodySchema: { type: 'object', required: ['a/b'] },
      },
      { key: 'plain', method: 'GET', endpointTemplate: '/y' },
      { key: 'bare', method: 'GET', endpointTemplate: '/z', auth: 'none' },
    ],
  }) as unknown as Connector;
const apps = new Map([
  ['open@1.0.0', connector('open', 'NONE')],
  ['closed@1.0.0', connector('closed', 'API_KEY')],
]);
const findApp = (key: string, version: string) => apps.get(`${key}@${version}`) ?? null;
const check = (definition: unknown) => checkDefinition(definition, { findApp });

const account = '0190b2a0-0000-7000-8000-000000000001';
const workflow = (steps: unknown[], more: object = {}) => ({
  format: 'workflow/1',
  name: 'Orders',
  trigger: { kind: 'manual' },
  steps,
  ...more,
});
const shape = (id: string, more: object = {}) => ({ id, kind: 'transform', output: 1, ...more });
const act = (id: string, use: string, more: object = {}) => ({ id, kind: 'action', use, ...more });
/** Problems without their sentences, which are held separately: every one has one. */
const found = (definition: unknown) =>
  check(definition).map(({ path, code, stepId, message }) => {
    expect(message).toMatch(/\S/);
    return stepId === undefined ? [code, path] : [code, path, stepId];
  });

describe('a workflow', () => {
  test('that is right has no problems', () => {
    const steps = [
      act('send', 'open@1.0.0#send', { input: { to: '{{trigger.output.body.mail}}', toString: 'x' } }),
      { id: 'big', kind: 'filter', condition: '{{steps.send.output.total > 100}}' },
      act('tell', 'closed@1.0.0#plain', { connection: 'team', after: ['big:true'], onError: 'port' }),
      shape('sorry', { after: ['tell:error'], output: '{{steps.tell.output.error.message}}' }),
      { id: 'pause', kind: 'delay', seconds: 5, after: ['tell', 'sorry'], join: 'any' },
    ];
    expect(
      check(workflow(steps, { connections: { team: { app: 'closed', connectionId: account } } })),
    ).toEqual([]);
  });

  test('without steps can be saved and not published', () => {
    expect(found(workflow([]))).toEqual([['empty_workflow', '/steps']]);
  });

  test('of another shape is told where, with the step', () => {
    expect(found(null)).toEqual([['invalid_shape', '']]);
    expect(found(workflow([shape('Bad id')]))).toEqual([['invalid_shape', '/steps/0/id', 'Bad id']]);
    expect(found(workflow([shape('a', { onErorr: 'stop' })]))).toEqual([['unknown_key', '/steps/0', 'a']]);
    expect(found(workflow([act('a', 'open@1.0.0#plain', { timeoutMs: 300_001 })]))).toEqual([
      ['invalid_shape', '/steps/0/timeoutMs', 'a'],
    ]);
    expect(found(workflow([shape('a', { after: ['a b'] })]))).toEqual([
      ['invalid_shape', '/steps/0/after/0', 'a'],
    ]);
    expect(found(workflow(Array.from({ length: 201 }, (_, index) => shape(`s${index}`))))).toEqual([
      ['invalid_shape', '/steps'],
    ]);
    expect(found({ ...workflow([shape('a')]), format: 'workflow/2' })).toEqual([
      ['invalid_shape', '/format'],
    ]);
  });

  test('whose schedule or time zone is wrong is told which of the two', () => {
    const schedule = (cron: string, timezone: string) =>
      workflow([shape('a')], { trigger: { kind: 'schedule', cron, timezone } });
    expect(found(schedule('0 25 * * *', 'UTC'))).toEqual([['invalid_schedule', '/trigger/cron']]);
    expect(found(schedule('0 0 30 2 *', 'UTC'))).toEqual([['invalid_schedule', '/trigger/cron']]);
    expect(found(schedule('0 9 * * *', 'Mars/Olympus'))).toEqual([['invalid_schedule', '/trigger/timezone']]);
    expect(found(schedule('0 9 * * 1-5', 'Europe/Berlin'))).toEqual([]);
  });
});

describe('the order of steps', () => {
  test('has no two steps of one name', () => {
    expect(found(workflow([shape('a'), shape('a')]))).toEqual([['duplicate_step', '/steps/1/id', 'a']]);
  });

  test('leads from steps and ways that are there', () => {
    const steps = [
      shape('a'),
      shape('b', { after: ['a', 'gone'] }),
      shape('c', { after: ['a:true'] }),
      act('d', 'open@1.0.0#plain', { after: ['a'] }),
      shape('e', { after: ['d:error'] }),
    ];
    expect(found(workflow(steps))).toEqual([
      ['unknown_step', '/steps/1/after/1', 'b'],
      ['unknown_port', '/steps/2/after/0', 'c'],
      ['unknown_port', '/steps/4/after/0', 'e'],
    ]);
    expect(check(workflow(steps))[1]!.message).toBe('Step "a" has no way out called "true"; it has done.');
  });

  test('has no circle, and names the one it has', () => {
    const steps = [
      shape('a'),
      shape('b', { after: ['d'] }),
      shape('c', { after: ['b'] }),
      shape('d', { after: ['c'] }),
    ];
    expect(found(workflow(steps))).toEqual([['circle', '/steps', 'b']]);
    expect(check(workflow(steps))[0]!.message).toBe(
      'These steps wait for each other in a circle: b -> c -> d -> b.',
    );
    expect(found(workflow([shape('a', { after: ['a'] })]))).toEqual([['circle', '/steps', 'a']]);
  });
});

describe('a step', () => {
  test('reads only what comes before it', () => {
    const steps = [
      shape('a'),
      shape('b', { after: [], output: '{{steps.a.output}}' }),
      shape('c', { after: ['b'], output: '{{steps.later.output}} {{item}} {{nothing}}' }),
    ];
    const problems = found(workflow(steps));
    expect(problems.every(([, path]) => String(path).startsWith('/steps/'))).toBe(true);
    expect(new Set(problems.map(([, , stepId]) => stepId))).toEqual(new Set(['b', 'c']));
    expect(problems.find(([, , stepId]) => stepId === 'b')![1]).toBe('/steps/1/output');
  });

  test('may read everything that comes before it, however far back', () => {
    const steps = [shape('a'), shape('b'), shape('c'), shape('d', { output: '{{steps.a.output}}' })];
    expect(found(workflow(steps))).toEqual([]);
  });

  test('has readable expressions, each told at its place', () => {
    const steps = [
      act('a', 'open@1.0.0#plain', { input: { list: [{ x: '{{1 +}}' }] } }),
      { id: 'f', kind: 'filter', condition: 'total > 100' },
      shape('t', { when: 'yes {{true}}' }),
      { id: 'd', kind: 'delay', seconds: '{{nope(1)}}' },
    ];
    expect(found(workflow(steps)).map(([, path, id]) => [path, id])).toEqual([
      ['/steps/0/input/list/0/x', 'a'],
      ['/steps/1/condition', 'f'],
      ['/steps/2/when', 't'],
      ['/steps/3/seconds', 'd'],
    ]);
  });

  test('that delays has one of two measures', () => {
    expect(found(workflow([{ id: 'd', kind: 'delay' }]))).toEqual([['invalid_shape', '/steps/0', 'd']]);
    expect(found(workflow([{ id: 'd', kind: 'delay', seconds: 1, until: '2026-01-01' }]))).toEqual([
      ['invalid_shape', '/steps/0', 'd'],
    ]);
  });
});

describe('an action', () => {
  const at = (use: string, more: object = {}, connections?: object) =>
    found(workflow([act('a', use, more)], connections ? { connections } : {}));

  test('names an app, a version and an action that are published here', () => {
    expect(at('open')).toEqual([['invalid_shape', '/steps/0/use', 'a']]);
    expect(at('open@2.0.0#plain')).toEqual([['unknown_app', '/steps/0/use', 'a']]);
    expect(at('other@1.0.0#plain')).toEqual([['unknown_app', '/steps/0/use', 'a']]);
    expect(at('open@1.0.0#nothing')).toEqual([['unknown_action', '/steps/0/use', 'a']]);
    expect(check(workflow([act('a', 'open@1.0.0#nothing')]))[0]!.message).toContain(
      'it has send, parts, plain, bare',
    );
  });

  test('of an app that signs in has a connection of that app with an account', () => {
    const use = 'closed@1.0.0#plain';
    expect(at('open@1.0.0#plain')).toEqual([]);
    expect(at('closed@1.0.0#bare')).toEqual([]);
    expect(at(use)).toEqual([['connection_missing', '/steps/0/connection', 'a']]);
    for (const name of ['team', 'constructor', '__proto__'])
      expect(at(use, { connection: name })).toEqual([['unknown_connection', '/steps/0/connection', 'a']]);
    const more = { connection: 'team' };
    expect(at(use, more, { team: { app: 'open', connectionId: account } })).toEqual([
      ['wrong_connection', '/steps/0/connection', 'a'],
    ]);
    for (const connectionId of [null, undefined])
      expect(at(use, more, { team: { app: 'closed', connectionId } })).toEqual([
        ['connection_missing', '/connections/team/connectionId', 'a'],
      ]);
    expect(at(use, more, { team: { app: 'closed', connectionId: account } })).toEqual([]);
  });

  test('has its required fields, also those with odd names', () => {
    expect(at('open@1.0.0#send', { input: { to: '' } })).toEqual([
      ['required', '/steps/0/input/to', 'a'],
      ['required', '/steps/0/input/toString', 'a'],
    ]);
    expect(at('open@1.0.0#parts')).toEqual([
      ['required', '/steps/0/input/path/id', 'a'],
      ['required', '/steps/0/input/body/a~1b', 'a'],
    ]);
    expect(at('open@1.0.0#parts', { input: { path: { id: 0 }, body: '{{trigger.output}}' } })).toEqual([]);
  });
});

describe('any value at all', () => {
  test('is answered with problems, never with a crash', () => {
    const steps = fc.array(
      fc.record(
        {
          id: fc.oneof(fc.constantFrom('a', 'b', 'c', 'constructor'), fc.jsonValue()),
          kind: fc.oneof(fc.constantFrom('action', 'filter', 'branch', 'delay', 'transform'), fc.jsonValue()),
          use: fc.oneof(fc.constantFrom('open@1.0.0#send', 'closed@1.0.0#parts', 'x'), fc.jsonValue()),
          input: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
          output: fc.jsonValue(),
          condition: fc.oneof(fc.constantFrom('{{true}}', '{{steps.a.output}}', '{{('), fc.jsonValue()),
          after: fc.oneof(fc.array(fc.constantFrom('a', 'b:true', 'c:error', 'zz')), fc.jsonValue()),
          connection: fc.oneof(fc.constantFrom('team', '__proto__'), fc.jsonValue()),
          seconds: fc.jsonValue(),
          when: fc.jsonValue(),
        },
        { requiredKeys: ['id', 'kind'] },
      ),
      { maxLength: 5 },
    );
    const nearly = fc.record(
      {
        format: fc.constant('workflow/1'),
        name: fc.constant('any'),
        trigger: fc.oneof(
          fc.constant({ kind: 'manual' }),
          fc.record({ kind: fc.constant('schedule'), cron: fc.string(), timezone: fc.string() }),
          fc.jsonValue(),
        ),
        steps: fc.oneof(steps, fc.jsonValue()),
        connections: fc.oneof(
          fc.dictionary(fc.string(), fc.record({ app: fc.string(), connectionId: fc.jsonValue() })),
          fc.constant({ team: { app: 'closed', connectionId: account } }),
        ),
      },
      { requiredKeys: ['format', 'name', 'trigger', 'steps'] },
    );
    fc.assert(
      fc.property(fc.oneof({ arbitrary: nearly, weight: 4 }, fc.jsonValue()), (value) => {
        for (const problem of check(value)) {
          expect(problem.path === '' || problem.path.startsWith('/')).toBe(true);
          expect(problem.code).toMatch(/^[a-z_]+$/);
          expect(problem.message.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('may be nested as deep as somebody likes', () => {
    const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;
    expect(check(workflow([shape('a', { output: nested(90) })]))).toEqual([]);
    for (const levels of [120, 5_000, 200_000]) {
      expect(found(workflow([shape('a', { output: nested(levels) })]))).toEqual([['invalid_shape', '']]);
      expect(found(nested(levels))).toEqual([['invalid_shape', '']]);
    }
  });
});

test('the failure of a step is read where a way goes on after it', () => {
  const at = (onError?: string) =>
    checkDefinition(
      {
        format: 'workflow/1',
        name: 'Failures',
        trigger: { kind: 'manual' },
        steps: [
          { id: 'first', kind: 'code', source: 'return 1', ...(onError ? { onError } : {}) },
          {
            id: 'tell',
            kind: 'transform',
            after: [onError === 'port' ? 'first:error' : 'first'],
            output: { why: '{{steps.first.error.message}}' },
          },
        ],
      },
      { findApp: () => null },
    ).map(({ code, path }) => `${path} ${code}`);
  expect(at('port')).toEqual([]);
  expect(at('continue')).toEqual([]);
  expect(at()).toEqual(['/steps/1/output never_failed']);
});

import { describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../journal/events.ts';
import { checkDefinition } from './check-definition.ts';
import { foldJournal } from './fold-journal.ts';
import { nextStep } from './next-step.ts';
import { performStep } from './perform-step.ts';
import type { StepDefinition, WorkflowDefinition } from './types.ts';

const size: StepDefinition = {
  id: 'size',
  kind: 'switch',
  cases: [
    { id: 'big', when: '{{trigger.output.n > 100}}' },
    { id: 'mid', when: '{{trigger.output.n > 10}}' },
  ],
};
const out = (id: string, after: string): StepDefinition => ({
  id,
  kind: 'transform',
  output: id,
  after: [after],
});
const definition: WorkflowDefinition = {
  format: 'workflow/1',
  name: 'n',
  trigger: { kind: 'manual' },
  steps: [
    size,
    out('large', 'size:case-big'),
    out('medium', 'size:case-mid'),
    out('small', 'size:default'),
    out('always', 'size'),
  ],
};
const perform = (n: unknown) =>
  performStep(size, { trigger: { output: { n } as never }, steps: {} }, 0, null)!;

describe('a switch', () => {
  test('takes the first case that holds, else the default, and says why', () => {
    expect(perform(500)).toMatchObject({ payload: { output: { case: 'big' }, port: 'case-big' } });
    expect(perform(50)).toMatchObject({ payload: { output: { case: 'mid' }, port: 'case-mid' } });
    expect((perform(50) as { payload: { why: string } }).payload.why).toContain('50 > 10');
    const none = perform(5) as { payload: { why: string; port: string } };
    expect(none.payload.port).toBe('default');
    expect(none.payload.why).toMatch(/Took the way "default" because .*5 > 100.* and .*5 > 10/);
  });

  test('that cannot be read fails by the name of what is missing', () => {
    expect(performStep(size, { trigger: { output: {} }, steps: {} }, 0, null)).toMatchObject({
      type: 'StepFailed',
      payload: { error: { code: 'unresolved_path' } },
    });
  });

  test('leads along its way and along plain edges; the others are skipped with the reason, also when it is kept', () => {
    const ways = (event: object) => {
      const state = foldJournal([{ seq: 0, atMs: 0, ...event } as RecordedEvent]);
      const next = nextStep(definition, state, 0, new Set());
      if (next.kind !== 'go') throw new Error(next.kind);
      return { ready: next.ready.map(({ id }) => id), skip: next.skip };
    };
    const taken = ways(perform(50));
    expect(taken.ready).toEqual(['medium', 'always']);
    expect(taken.skip.map(({ id }) => id)).toEqual(['large', 'small']);
    expect(taken.skip[0]!.why).toContain('took the way "case-mid", not "case-big"');
    const kept = {
      type: 'WorkflowStarted',
      step: null,
      payload: { output: null, kept: { size: { case: null } } },
    };
    expect(ways(kept).ready).toEqual(['small', 'always']);
  });

  test('and other steps are checked: ways that exist, cases of different names, conditions that can be read', () => {
    const found = (steps: unknown[]) =>
      checkDefinition({ ...definition, steps }, { findApp: () => null }).map(({ code, path }) => [
        code,
        path,
      ]);
    expect(found(definition.steps)).toEqual([]);
    expect(found([size, out('x', 'size:case-none')])).toEqual([['unknown_port', '/steps/1/after/0']]);
    const twice = { ...size, cases: [size.cases[0], { id: 'big', when: 'no' }] };
    expect(found([twice])).toEqual([
      ['invalid_expression', '/steps/0/cases/1/when'],
      ['duplicate_case', '/steps/0/cases/1/id'],
    ]);
    const wait = { id: 'reply', kind: 'waitForHook', expiresInSeconds: 60 };
    const sends = { id: 'send', kind: 'transform', output: '{{run.hooks.reply}}' };
    expect(found([sends, wait])).toEqual([]);
    expect(found([wait, out('x', 'reply:error')])).toEqual([['unknown_port', '/steps/1/after/0']]);
    expect(found([{ ...wait, onError: 'port' }, out('x', 'reply:error')])).toEqual([]);
    expect(found([{ ...size, cases: [] }])).toEqual([['invalid_shape', '/steps/0/cases']]);
  });
});

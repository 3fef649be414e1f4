// What is checked of steps that start workflows, of the settings of a workflow, and of delays by the calendar.
import { expect, test } from 'vitest';
import { checkDefinition } from './check-definition.ts';
import { presetCalendar } from './working-hours.ts';

const [good, draft, self] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
const known = new Map<string, { name: string; isPublished: boolean; isSelf: boolean }>([
  [good, { name: 'Good', isPublished: true, isSelf: false }],
  [draft, { name: 'Draft', isPublished: false, isSelf: false }],
  [self, { name: 'Self', isPublished: true, isSelf: true }],
]);
const places = (steps: unknown[], more: object = {}, calendar = presetCalendar) =>
  checkDefinition(
    { format: 'workflow/1', name: 'W', trigger: { kind: 'manual' }, steps, ...more },
    { findApp: () => null, findWorkflow: (id) => known.get(id) ?? null, calendar },
  ).map(({ path, code }) => `${path} ${code}`);
const call = (workflowId: string, more: object = {}) => ({
  id: 'call',
  kind: 'workflow',
  workflowId,
  ...more,
});
const note = { id: 'note', kind: 'transform', output: 1 };

test('a step starts a published workflow of the workspace, and not its own', () => {
  expect(
    places([call(good, { input: { a: '{{trigger.output.a}}' }, timeoutSeconds: 60, onError: 'port' })]),
  ).toEqual([]);
  expect(places([call(crypto.randomUUID())])).toEqual(['/steps/0/workflowId unknown_workflow']);
  expect(places([call(draft)])).toEqual(['/steps/0/workflowId workflow_not_published']);
  expect(places([call(self)])).toEqual(['/steps/0/workflowId call_cycle']);
  expect(places([call(good, { wait: false, timeoutSeconds: 60 })])).toEqual([
    '/steps/0/timeoutSeconds invalid_shape',
  ]);
  expect(places([call(good, { input: { a: '{{steps.later.output}}' } })])).toEqual([
    '/steps/0/input/a unknown_step',
  ]);
  expect(places([call('other')])).toEqual(['/steps/0/workflowId invalid_shape']);
});

test('an output reads the steps, a key the trigger alone', () => {
  const settings = (more: object) => places([note], { settings: more });
  expect(
    settings({ output: { n: '{{steps.note.output}}' }, concurrency: { key: '{{trigger.output.id}}' } }),
  ).toEqual([]);
  expect(settings({ output: '{{steps.gone.output}}' })).toEqual(['/settings/output unknown_step']);
  expect(settings({ concurrency: { key: '{{steps.note.output}}' } })).toHaveLength(1);
  expect(settings({ concurrency: { key: 'all', limit: 0 } })).toEqual([
    '/settings/concurrency/limit invalid_shape',
  ]);
});

test('a delay by working hours has seconds or nothing beside it, and needs a calendar that opens', () => {
  const delay = (more: object, calendar = presetCalendar) =>
    places([{ id: 'd', kind: 'delay', ...more }], {}, calendar);
  expect(delay({ workingHours: true })).toEqual([]);
  expect(delay({ workingHours: true, seconds: 60 })).toEqual([]);
  expect(delay({ workingHours: true, until: '2026-01-01' })).toEqual(['/steps/0/until invalid_shape']);
  expect(delay({ workingHours: false, seconds: 60 })).toEqual(['/steps/0/workingHours invalid_shape']);
  expect(delay({})).toEqual(['/steps/0 invalid_shape']);
  expect(delay({ workingHours: true }, { ...presetCalendar, week: {} })).toEqual([
    '/steps/0/workingHours no_working_hours',
  ]);
});

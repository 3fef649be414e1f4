import type { Connector } from '@weftline/connectors/types';
import type { Json } from '@weftline/connectors/json';
import { expect, test } from 'vitest';
import { upgradeDefinition } from './upgrade-definition.ts';

const connector: Connector = {
  manifestVersion: 1,
  app: { key: 'desk', name: 'Desk' },
  version: '2.0.0',
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [],
  migrations: [
    {
      from: '1.x',
      to: '2.0.0',
      actions: { 'send-message': 'post-message' },
      triggers: { 'new-item': 'item-added' },
      inputs: [{ of: 'post-message', operations: [{ op: 'move', from: 'message', to: 'text' }] }],
      outputs: [
        {
          of: 'post-message',
          operations: [
            { op: 'move', from: 'ts', to: 'message.id' },
            { op: 'remove', path: 'link' },
          ],
        },
        { of: 'item-added', operations: [{ op: 'move', from: 'name', to: 'title' }] },
      ],
    },
  ],
};

const workflow: { trigger: Json; steps: Json[]; [member: string]: Json } = {
  format: 'workflow/1',
  name: 'Tell',
  trigger: { kind: 'app', use: 'desk@1.0.0#new-item', input: {} },
  steps: [
    {
      id: 'tell',
      kind: 'action',
      use: 'desk@1.2.0#send-message',
      input: { message: 'New: {{ trigger.output.name }}' },
    },
    { id: 'other', kind: 'action', use: 'mail@1.0.0#send', input: { text: 'No {{trigger.output.other}}' } },
    {
      id: 'keep',
      kind: 'filter',
      condition: '{{ steps.tell.output.ts != null && length(steps.tell.output.link) > 0 }}',
    },
  ],
};

test('a workflow is taken over: keys, inputs, and what other steps read', () => {
  const { definition, parts, reads } = upgradeDefinition(workflow, connector);
  expect(definition['trigger']).toEqual({ kind: 'app', use: 'desk@2.0.0#item-added', input: {} });
  expect(definition['steps']).toEqual([
    {
      id: 'tell',
      kind: 'action',
      use: 'desk@2.0.0#post-message',
      input: { text: 'New: {{trigger.output.title}}' },
    },
    workflow.steps[1]!,
    {
      id: 'keep',
      kind: 'filter',
      condition: '{{steps.tell.output.message.id != null && length(steps.tell.output.link) > 0}}',
    },
  ]);
  expect(parts.map(({ stepId, from, to }) => [stepId, from, to])).toEqual([
    [null, 'desk@1.0.0#new-item', 'desk@2.0.0#item-added'],
    ['tell', 'desk@1.2.0#send-message', 'desk@2.0.0#post-message'],
  ]);
  expect(reads.map(({ path, note }) => [path, note])).toEqual([
    ['/steps/0/input/text', null],
    ['/steps/2/condition', 'steps.tell.output.link is no longer given by version 2.0.0.'],
  ]);
});

test('only the steps that are meant are taken over, and nothing else moves', () => {
  const { definition, parts, reads } = upgradeDefinition(workflow, connector, ['other']);
  expect(definition).toEqual(workflow);
  expect([parts, reads]).toEqual([[], []]);
  expect(upgradeDefinition({ ...workflow, steps: 'none' }, connector).parts).toHaveLength(1);
});

test('what already uses the version stays byte for byte', () => {
  const once = upgradeDefinition(workflow, connector).definition;
  expect(upgradeDefinition(once, connector)).toEqual({ definition: once, parts: [], reads: [] });
});

test('the source of code stays as it was written, whatever stands in it; what it is given is taken over', () => {
  const source = 'return "{{steps.tell.output.ts}}";';
  const code = { id: 'calc', kind: 'code', input: { at: '{{steps.tell.output.ts}}' }, source };
  const { definition } = upgradeDefinition({ ...workflow, steps: [workflow.steps[0]!, code] }, connector);
  expect((definition['steps'] as Json[])[1]).toEqual({
    ...code,
    input: { at: '{{steps.tell.output.message.id}}' },
  });
});

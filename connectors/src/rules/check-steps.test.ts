import { expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Action, Connector, RequestStep } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const codes = (change: Partial<Action>): string[] => {
  const base = baseConnector() as unknown as Connector;
  const [action] = base.actions;
  const document = { ...base, actions: [{ ...action, ...change }] };
  return validateConnector(document, 'save').map(
    ({ path, code }) => `${path.replace('/actions/0/', '')} ${code}`,
  );
};
const find: RequestStep = {
  id: 'find',
  method: 'GET',
  endpointTemplate: '/find/{{input.path.id}}',
  capture: { sha: 'body.sha' },
};
const tell = (text: string): RequestStep => ({
  id: 'tell',
  method: 'POST',
  endpointTemplate: '/tell',
  bodyTemplate: { text },
});

test('captures are read by what comes later, and by nothing else', () => {
  expect(codes({ steps: [find], queryTemplate: { sha: '{{steps.find.sha}}' } })).toEqual([]);
  expect(codes({ steps: [find], after: [tell('{{steps.find.sha}} {{steps.main.body.id}}')] })).toEqual([]);
  expect(codes({ queryTemplate: { sha: '{{steps.find.sha}}' } })).toEqual(['queryTemplate/sha unknown_root']);
  expect(codes({ steps: [tell('{{steps.find.sha}}'), find] })).toEqual([
    'steps/0/bodyTemplate/text undeclared_name',
  ]);
  expect(codes({ steps: [find, tell('{{steps.find.size}}')] })).toEqual([
    'steps/1/bodyTemplate/text undeclared_name',
  ]);
  expect(codes({ steps: [tell('{{steps.main.body}}')] })).toEqual([
    'steps/0/bodyTemplate/text undeclared_name',
  ]);
});

test('the requests of steps are judged like any other', () => {
  const at = (endpointTemplate: string) => codes({ steps: [{ ...find, endpointTemplate }] });
  expect(at('https://evil.example/x')).toEqual(['steps/0/endpointTemplate host_not_allowed']);
  expect(at('/a/{{credentials.apiKey}}')).toEqual(['steps/0/endpointTemplate credentials_outside_auth']);
  expect(codes({ steps: [{ ...find, bodyTemplate: {} }] })).toEqual(['steps/0/method body_not_sent']);
  expect(codes({ steps: [{ ...find, capture: { sha: 'body.{{x}}' } }] })).toEqual([
    'steps/0/capture/sha bad_path',
  ]);
});

test('an id stands once, and the output comes from one place', () => {
  expect(codes({ steps: [find, find] })).toEqual(['steps/1/id duplicate']);
  expect(codes({ steps: [{ ...find, response: { unwrap: 'body' } }] })).toEqual([
    'steps/0/response unknown_key',
  ]);
  expect(codes({ after: [find], response: { unwrap: 'body' } })).toEqual(['response unknown_key']);
});

test('a job is waited for within the time of its action', () => {
  const asyncJob = {
    status: { method: 'GET', endpointTemplate: '/jobs/{{steps.main.body.id}}' },
    statusPath: 'body.state',
    done: ['done'],
    failed: ['failed'],
    intervalMs: 1_000,
    maxWaitMs: 20_000,
  };
  expect(codes({ asyncJob })).toEqual([]);
  expect(codes({ asyncJob: { ...asyncJob, maxWaitMs: 30_000 } })).toEqual([
    'asyncJob/maxWaitMs out_of_range',
  ]);
  expect(codes({ asyncJob: { ...asyncJob, statusPath: 'body..x' } })).toEqual([
    'asyncJob/statusPath bad_path',
  ]);
  expect(codes({ asyncJob, response: { unwrap: 'body' } })).toEqual(['response unknown_key']);
  const early = { ...asyncJob.status, endpointTemplate: '/jobs/{{steps.job.body.id}}' };
  expect(codes({ asyncJob: { ...asyncJob, status: early } })).toEqual([
    'asyncJob/status/endpointTemplate undeclared_name',
  ]);
  expect(codes({ asyncJob: { ...asyncJob, result: early } })).toEqual([]);
});

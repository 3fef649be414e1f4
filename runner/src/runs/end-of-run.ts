// How a run ends for reasons of its own: its deadline, a key that cannot be read, and the output it gives to whoever waits. Pure.
import type { Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { RunState } from '../workflow/fold-journal.ts';
import type { NextStep } from '../workflow/next-step.ts';
import { outputOfRun } from '../workflow/output-of-run.ts';
import { failureOf } from '../workflow/perform-step.ts';
import { type Turn, turnOfRun } from '../workflow/turn-of-run.ts';
import type { WorkflowDefinition } from '../workflow/types.ts';
import type { LoadDefinition } from './read-run.ts';

type End = Extract<NextStep, { kind: 'end' }>;

const failedBy = (code: string, message: string): End => ({
  kind: 'end',
  status: 'failed',
  code,
  message,
  stepId: null,
});

export const overdue = (seconds: number): End =>
  failedBy('deadline_exceeded', `The run did not end within its deadline of ${seconds} seconds.`);

/** What a run waits behind others for. One whose key cannot be read waits for nobody, and does nothing either: `fault`. */
export function readTurn(
  definition: WorkflowDefinition,
  triggerOutput: Json,
): { turn: Turn | null; fault: End | null } {
  try {
    return { turn: turnOfRun(definition, triggerOutput), fault: null };
  } catch (error) {
    const { code, message } = failureOf(error);
    const fault = failedBy(code, `The concurrency key of the workflow could not be read: ${message}`);
    return { turn: null, fault };
  }
}

/** For who accepts runs: their turn, or null where it cannot be read; the run then says so itself when it begins. */
export const turnReader =
  (loadDefinition: LoadDefinition) =>
  async (request: {
    tenantId: string;
    workflowId: string;
    version: number;
    triggerOutput: Json;
  }): Promise<Turn | null> => {
    const { tenantId, workflowId, version, triggerOutput } = request;
    return loadDefinition(tenantId, workflowId, version).then(
      (definition) => readTurn(definition, triggerOutput).turn,
      () => null,
    );
  };

/** The end with what the run gives to whoever waits for it. An output that cannot be made is the run's failure. */
export function withOutput(
  end: End,
  definition: WorkflowDefinition,
  state: RunState,
  scope: () => Scope,
): End & { output?: Json } {
  const isAsked = definition.settings?.output !== undefined || state.parent?.waits === true;
  if (end.status !== 'succeeded' || !isAsked) return end;
  try {
    return { ...end, output: outputOfRun(definition, state, scope()) };
  } catch (error) {
    const { code, message } = failureOf(error);
    return failedBy(code, `The output of the workflow could not be made: ${message}`);
  }
}

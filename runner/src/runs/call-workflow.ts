// A step that starts a run of another workflow: accepted as every run is, under a key of the step, so that it is started once.
import type { Json } from '@weftline/connectors/json';
import type { Database } from '@weftline/prisma';
import type { Accepted, AcceptRequest } from '../engine.ts';
import type { CallError } from '../executor/types.ts';
import { describeChain, mostHops, refuseChain } from '../platform/call-chain.ts';
import { isCodedError } from '../platform/errors.ts';
import { secondsToNextHour } from '../triggers/seconds-to-next-hour.ts';
import { childStarted } from '../workflow/await-child.ts';
import type { WorkflowStep } from '../workflow/types.ts';
import type { Attempt, AttemptResult, RunTicket } from './decide-run.ts';

export type ChildServices = {
  database: Database;
  accept(request: AcceptRequest): Promise<Accepted>;
  /** The database's time in ms. */
  clock(): number;
};

const refused = (
  error: Pick<CallError, 'code' | 'message'> & Partial<CallError>,
  startedAt: number,
): AttemptResult => ({
  ok: false,
  error: { type: 'PERMANENT', sent: 'no', isWorthRepeating: false, ...error },
  request: null,
  response: null,
  tookMs: performance.now() - startedAt,
});

/** Null: this chain may call the workflow. Else the reason, with the chain by names. */
async function refuseCall(
  database: Database,
  tenantId: string,
  chain: readonly string[],
  called: { workflowId: string; workflowName: string },
): Promise<string | null> {
  const fault = refuseChain(chain, called.workflowId);
  if (fault === null) return null;
  const rows = await database.withTenant(tenantId, (tx) =>
    tx.workflow.findMany({
      where: { tenantId, id: { in: chain.filter((entry) => !entry.startsWith('~')) } },
      select: { id: true, name: true },
    }),
  );
  const shown = describeChain(chain, called, new Map(rows.map(({ id, name }) => [id, name])));
  return fault === 'circle'
    ? `Workflows call each other in a circle, so this run was not started: ${shown}.`
    : `More than ${mostHops} workflows call one another, so this run was not started: ${shown}.`;
}

/** Starts the run. The same key gives the same run, also after a crash between the acceptance and the journal. */
async function startChild(
  services: ChildServices,
  ticket: RunTicket,
  step: WorkflowStep,
  input: Json,
  key: string,
): Promise<AttemptResult> {
  const startedAt = performance.now();
  const { tenantId, runId } = ticket;
  const { workflowId } = step;
  const row = await services.database.withTenant(tenantId, (tx) =>
    tx.workflow.findFirst({
      where: { tenantId, id: workflowId, deletedAt: null },
      select: { name: true, publishedVersion: true },
    }),
  );
  if (!row)
    return refused({ code: 'not_found', message: 'The workflow to start is not there any more.' }, startedAt);
  const { name, publishedVersion } = row;
  if (publishedVersion === null)
    return refused({ code: 'not_found', message: `The workflow “${name}” is not published.` }, startedAt);
  const chain = [...ticket.state.chain, ticket.workflowId];
  const fault = await refuseCall(services.database, tenantId, chain, { workflowId, workflowName: name });
  if (fault) return refused({ code: 'call_cycle', message: fault }, startedAt);
  const accepted = await services.accept({
    tenantId,
    workflowId,
    workflowName: name,
    version: publishedVersion,
    triggerKind: 'workflow',
    actor: `run:${runId}`,
    guarded: false,
    receiptKey: `step ${key}`,
    triggerOutput: input,
    chain,
    parent: { runId, step: step.id, waits: step.wait !== false },
  });
  if (accepted.verdict === 'gone' || (accepted.runId === null && accepted.verdict !== 'over'))
    return refused({ code: 'not_found', message: `“${name}” could not be started: it is gone.` }, startedAt);
  if (accepted.runId === null)
    return refused(
      {
        code: 'quota_runs_per_hour',
        type: 'RATE_LIMIT',
        message: `the workspace has used its ${accepted.allowed} runs of this hour, and “${name}” is to be started.`,
        retryAfterMs: secondsToNextHour(services.clock()) * 1000,
        isHeld: true,
      },
      startedAt,
    );
  return {
    ok: true,
    output: { runId: accepted.runId, workflowName: name },
    warnings: [],
    request: null,
    response: null,
    tookMs: performance.now() - startedAt,
  };
}

/**
 * One attempt to start the run of a step. Sent again with the same key it starts nothing twice.
 * Inputs: the step as it is placed, its filled input, and its key: of the run, the step and the iteration.
 */
export function prepareChild(
  services: ChildServices,
  ticket: RunTicket,
  step: WorkflowStep,
  input: Json,
  key: string,
): Attempt {
  return {
    key,
    input,
    safety: 'idempotent',
    // The database was away for a moment: as long as this process holds the run, it is worth the try.
    retry: { maxRetries: 10, maxDelayMs: 60_000 },
    async call() {
      const startedAt = performance.now();
      try {
        return await startChild(services, ticket, step, input, key);
      } catch (error) {
        if (!isCodedError(error) || error.code !== 'unavailable') throw error;
        return refused(
          {
            code: error.code,
            message: error.message,
            type: 'TEMPORARY',
            sent: 'unknown',
            isWorthRepeating: true,
          },
          startedAt,
        );
      }
    },
    conclude: (outcome) => {
      if (outcome.type !== 'StepCompleted') return outcome;
      const { runId, workflowName } = outcome.payload.output as { runId: string; workflowName: string };
      return childStarted(step, { runId, workflowName }, services.clock());
    },
  };
}

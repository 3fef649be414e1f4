// A run with its steps, and what is needed to repeat it.
import type { Database } from '@weftline/prisma';
import type { Journal } from '../journal/open-journal.ts';
import { foldJournal, type RunState } from '../workflow/fold-journal.ts';
import type { RunStatus, RunSummary, RunView, TriggerKind, WorkflowDefinition } from '../workflow/types.ts';
import { viewRun } from '../workflow/view-run.ts';

type Row = NonNullable<Awaited<ReturnType<typeof findRow>>>;

const findRow = (database: Database, tenantId: string, runId: string) =>
  database.withTenant(tenantId, (tx) => tx.workflowRun.findFirst({ where: { tenantId, id: runId } }));

/** A run's row as lists show it. */
export function summarizeRun(row: Row): RunSummary {
  return {
    id: row.id,
    workflowId: row.workflowId,
    workflowName: row.workflowName,
    workflowVersion: row.workflowVersion,
    status: row.status as RunStatus,
    trigger: { kind: row.triggerKind as TriggerKind },
    triggeredBy: row.triggeredBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    error: row.errorCode ? { code: row.errorCode, message: row.errorMessage ?? '' } : null,
    why: row.why,
    replayOf: row.replayOf,
  };
}

export type LoadDefinition = (
  tenantId: string,
  workflowId: string,
  version: number,
) => Promise<WorkflowDefinition>;
export type FoundRun = { summary: RunSummary; definition: WorkflowDefinition; state: RunState };

/** Row, pinned definition and folded journal of a run; null when the tenant has no such run. */
export async function findRun(
  services: { database: Database; journal: Journal; loadDefinition: LoadDefinition },
  tenantId: string,
  runId: string,
): Promise<FoundRun | null> {
  const row = await findRow(services.database, tenantId, runId);
  if (!row) return null;
  // Row first, journal second: the journal may be ahead of the row, never behind it.
  const state = foldJournal(await services.journal.read(tenantId, runId));
  return {
    summary: summarizeRun(row),
    definition: await services.loadDefinition(tenantId, row.workflowId, row.workflowVersion),
    state,
  };
}

/** A run as the API shows it. */
export async function readRun(
  services: Parameters<typeof findRun>[0],
  tenantId: string,
  runId: string,
): Promise<RunView | null> {
  const found = await findRun(services, tenantId, runId);
  return found && viewRun(found.summary, found.definition, found.state);
}

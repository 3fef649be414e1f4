// A run with its steps, and what is needed to repeat it.
import type { Database } from '@weftline/prisma';
import type { Journal } from '../journal/open-journal.ts';
import { emptyState, type RunState } from '../workflow/fold-journal.ts';
import type {
  RunStatus,
  RunSummary,
  RunTriggerKind,
  RunView,
  WorkflowDefinition,
} from '../workflow/types.ts';
import { viewRun } from '../workflow/view-run.ts';
import { lookAtRun, readOn } from './fold-run.ts';
import { isInLine, whyInLine } from './why-in-line.ts';

type Row = NonNullable<Awaited<ReturnType<typeof findRow>>>;

const findRow = (database: Database, tenantId: string, runId: string) =>
  database.withTenant(tenantId, async (tx) => {
    const row = await tx.workflowRun.findFirst({ where: { tenantId, id: runId } });
    return row && isInLine(row) ? { ...row, why: await whyInLine(tx, row) } : row;
  });

/** A run's row as lists show it. */
export function summarizeRun(row: Row): RunSummary {
  return {
    id: row.id,
    workflowId: row.workflowId,
    workflowName: row.workflowName,
    workflowVersion: row.workflowVersion,
    status: row.status as RunStatus,
    trigger: { kind: row.triggerKind as RunTriggerKind },
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

type ReadServices = { database: Database; journal: Journal; loadDefinition: LoadDefinition };

/** Row and pinned definition of a run; null when the tenant has no such run. */
export async function findRunRow(
  services: Pick<ReadServices, 'database' | 'loadDefinition'>,
  tenantId: string,
  runId: string,
): Promise<Omit<FoundRun, 'state'> | null> {
  const row = await findRow(services.database, tenantId, runId);
  if (!row) return null;
  return {
    summary: summarizeRun(row),
    definition: await services.loadDefinition(tenantId, row.workflowId, row.workflowVersion),
  };
}

/** Row, pinned definition and folded journal of a run; null when the tenant has no such run. */
export async function findRun(
  services: ReadServices,
  tenantId: string,
  runId: string,
): Promise<FoundRun | null> {
  // Row first, journal second: the journal may be ahead of the row, never behind it.
  const found = await findRunRow(services, tenantId, runId);
  return found && { ...found, state: await readOn(services.journal, tenantId, runId, emptyState()) };
}

/** A run as the API shows it. */
export async function readRun(
  services: ReadServices,
  tenantId: string,
  runId: string,
): Promise<RunView | null> {
  const found = await findRunRow(services, tenantId, runId);
  if (!found) return null;
  const { summary, definition } = found;
  return lookAtRun(services.journal, tenantId, runId, (state) => viewRun(summary, definition, state));
}

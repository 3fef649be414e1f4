// Gathers what a workflow is shown with: newest run, connections, problems, and whether the draft differs from what runs.
import { hashDocument } from '@weftline/connectors/hash-document';
import type { Context } from '../context.ts';
import { checkWorkflow, findSlotConnections } from './check-workflow.ts';
import type { WorkflowFound } from './find-workflow.ts';
import { pinVersions } from './pin-versions.ts';
import { readAppTriggers } from './read-app-triggers.ts';
import { presentWorkflow, presentWorkflowRow } from './present-workflow.ts';
import { type LooseDefinition, slotsOf } from './read-definition.ts';

type LastRun = { workflowId: string; id: string; status: string; createdAt: Date };

async function findExtras(context: Context, found: readonly WorkflowFound[]) {
  const { tenantId } = context;
  const ids = found.map(({ row }) => row.id);
  return context.read(async (tx) => {
    const runs = await tx.$queryRaw<LastRun[]>`
      SELECT r.workflow_id AS "workflowId", r.id, r.status, r.created_at AS "createdAt"
      FROM unnest(${ids}::uuid[]) w(id) CROSS JOIN LATERAL (
        SELECT * FROM workflow_runs r WHERE r.tenant_id = ${tenantId}::uuid AND r.workflow_id = w.id
        ORDER BY r.id DESC LIMIT 1) r`;
    const versions = await tx.workflowVersion.findMany({
      where: {
        tenantId,
        OR: found.flatMap(({ row }) =>
          row.publishedVersion === null ? [] : [{ workflowId: row.id, version: row.publishedVersion }],
        ),
      },
      select: { workflowId: true, contentHash: true },
    });
    return {
      lastRuns: new Map(runs.map((run) => [run.workflowId, run])),
      hashes: new Map(versions.map((version) => [version.workflowId, version.contentHash])),
    };
  });
}

const draftOf = ({ row }: WorkflowFound) => JSON.parse(row.draft) as LooseDefinition;

/** Rows of a list. */
export async function describeWorkflows(context: Context, found: readonly WorkflowFound[]) {
  const { tenantId, services } = context;
  const { lastRuns, hashes } = await findExtras(context, found);
  const drafts = found.map(draftOf);
  const connections = await findSlotConnections(services, tenantId, drafts.flatMap(slotsOf));
  const appTriggers = await readAppTriggers(context, found);
  return Promise.all(
    found.map(async (workflow, index) => {
      const draft = drafts[index]!;
      const pinned = await pinVersions(services, tenantId, draft);
      return presentWorkflowRow(workflow, {
        publicUrl: services.env.PUBLIC_URL,
        draft,
        hasUnpublishedChanges: hashes.get(workflow.row.id) !== hashDocument(pinned),
        lastRun: lastRuns.get(workflow.row.id) ?? null,
        connections,
        appTrigger: appTriggers.get(workflow.row.id) ?? null,
      });
    }),
  );
}

/** One workflow, whole. */
export async function describeWorkflow(context: Context, found: WorkflowFound, secret?: string) {
  const { tenantId, services } = context;
  const { lastRuns, hashes } = await findExtras(context, [found]);
  const draft = draftOf(found);
  const { pinned, problems } = await checkWorkflow(services, tenantId, draft, found.row.id);
  return presentWorkflow(found, {
    publicUrl: services.env.PUBLIC_URL,
    draft,
    hasUnpublishedChanges: hashes.get(found.row.id) !== hashDocument(pinned),
    lastRun: lastRuns.get(found.row.id) ?? null,
    appTrigger: (await readAppTriggers(context, [found])).get(found.row.id) ?? null,
    connections: await findSlotConnections(services, tenantId, slotsOf(draft)),
    problems,
    secret,
  });
}

import type { Context } from '../context.ts';
import { notFound } from '../fail.ts';
import { type WorkflowFound, requireWorkflow } from './find-workflow.ts';
import { type LooseDefinition, missedOf, triggerOf } from './read-definition.ts';

/** Published versions, the newest first, older than `after`. @throws CodedError not_found */
export async function listVersions(context: Context, id: string, after: number | undefined, take: number) {
  const { tenantId } = context;
  return context.read(async (tx) => {
    const { row } = await requireWorkflow(tx, tenantId, id);
    const versions = await tx.workflowVersion.findMany({
      where: { tenantId, workflowId: id, ...(after === undefined ? {} : { version: { lt: after } }) },
      orderBy: { version: 'desc' },
      take,
      select: { version: true, publishedAt: true, note: true, contentHash: true, publishedBy: true },
    });
    return versions.map((version) => ({
      ...version,
      publishedAt: version.publishedAt.toISOString(),
      current: version.version === row.publishedVersion,
    }));
  });
}

/** One version with its document. @throws CodedError not_found */
export async function readVersion(context: Context, id: string, version: number) {
  const { tenantId } = context;
  return context.read(async (tx) => {
    const { row } = await requireWorkflow(tx, tenantId, id);
    const found = await tx.workflowVersion.findFirst({ where: { tenantId, workflowId: id, version } });
    if (!found) throw notFound('version');
    const { publishedAt, note, contentHash, publishedBy } = found;
    return {
      version,
      publishedAt: publishedAt.toISOString(),
      note,
      contentHash,
      publishedBy,
      current: version === row.publishedVersion,
      definition: JSON.parse(found.definition) as LooseDefinition,
    };
  });
}

/** Makes a former version the draft; what runs stays as it is until the next publishing. @throws CodedError not_found */
export async function restoreVersion(context: Context, id: string, version: number): Promise<WorkflowFound> {
  const { tenantId } = context;
  const entry = { action: 'workflow.restored', subject: `workflow:${id}`, details: { version } };
  return context.change(entry, async (tx) => {
    const { row } = await requireWorkflow(tx, tenantId, id);
    const found = await tx.workflowVersion.findFirst({ where: { tenantId, workflowId: id, version } });
    if (!found) throw notFound('version');
    const draft = { ...(JSON.parse(found.definition) as LooseDefinition), name: row.name };
    await tx.workflow.updateMany({
      where: { tenantId, id, deletedAt: null },
      data: { draft: JSON.stringify(draft), etag: { increment: 1 }, updatedAt: new Date() },
    });
    // As after every edit: while nothing is live, the hook answers as the draft says.
    if (!row.enabled)
      await tx.trigger.updateMany({
        where: { tenantId, id },
        data: { ...triggerOf(draft), missed: missedOf(draft) },
      });
    return requireWorkflow(tx, tenantId, id);
  });
}

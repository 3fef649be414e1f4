import type { CheckServices } from '@weftline/runner/workflow/step-problem';
import { isUuid } from '../is-uuid.ts';
import type { Services } from '../services.ts';
import { type LooseDefinition, stepsOf } from './read-definition.ts';

/** The ids that steps name, those inside of loops too. */
function idsOf(steps: readonly { [member: string]: unknown }[]): string[] {
  return steps.flatMap((step) => [
    ...(step['kind'] === 'workflow' && typeof step['workflowId'] === 'string' ? [step['workflowId']] : []),
    ...(Array.isArray(step['steps']) ? idsOf(stepsOf({ steps: step['steps'] })) : []),
  ]);
}

/** Looks up the workflows that steps start, among those of the tenant. `ownId`: the workflow whose steps these are. */
export async function findCalledWorkflows(
  { database }: Pick<Services, 'database'>,
  tenantId: string,
  definition: LooseDefinition,
  ownId: string | null,
): Promise<NonNullable<CheckServices['findWorkflow']>> {
  const ids = [...new Set(idsOf(stepsOf(definition)).filter(isUuid))];
  if (ids.length === 0) return () => null;
  const rows = await database.withTenant(tenantId, (tx) =>
    tx.workflow.findMany({
      where: { tenantId, id: { in: ids }, deletedAt: null },
      select: { id: true, name: true, publishedVersion: true },
    }),
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return (id) => {
    const row = known.get(id);
    return row
      ? { name: row.name, isPublished: row.publishedVersion !== null, isSelf: row.id === ownId }
      : null;
  };
}

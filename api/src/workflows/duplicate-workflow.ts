import type { Context } from '../context.ts';
import { createWorkflow } from './create-workflow.ts';
import { type WorkflowFound, requireWorkflow } from './find-workflow.ts';
import type { LooseDefinition } from './read-definition.ts';

/** A copy of the draft under its own hook address: unpublished and disabled. @throws CodedError not_found, quota_workflows */
export async function duplicateWorkflow(
  context: Context,
  id: string,
  name: string | undefined,
): Promise<WorkflowFound> {
  const { row } = await context.read((tx) => requireWorkflow(tx, context.tenantId, id));
  return createWorkflow(context, {
    name: name ?? `${row.name.slice(0, 110)} (copy)`,
    definition: JSON.parse(row.draft) as LooseDefinition,
    layout: row.layout as object,
    samples: row.samples as object,
  });
}

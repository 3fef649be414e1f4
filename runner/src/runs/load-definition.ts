// Published versions of workflows never change, so they are kept in memory once read.
import type { Database } from '@weftline/prisma';
import { CodedError } from '../platform/errors.ts';
import type { LoadDefinition } from './read-run.ts';
import type { WorkflowDefinition } from '../workflow/types.ts';

/** Makes the function that loads a version; keyed by tenant, bounded. */
export function definitionLoader(database: Database, most = 2_000): LoadDefinition {
  const known = new Map<string, Promise<WorkflowDefinition>>();
  return (tenantId, workflowId, version) => {
    const key = `${tenantId}/${workflowId}/${version}`;
    let definition = known.get(key);
    if (!definition) {
      definition = database
        .withTenant(tenantId, (tx) =>
          tx.workflowVersion.findFirst({ where: { tenantId, workflowId, version } }),
        )
        .then((row) => {
          if (!row)
            throw new CodedError({
              code: 'not_found',
              message: `Version ${version} of the workflow is not there.`,
            });
          return JSON.parse(row.definition) as WorkflowDefinition;
        });
      definition.catch(() => known.delete(key));
      known.set(key, definition);
      if (known.size > most) known.delete(known.keys().next().value!);
    }
    return definition;
  };
}

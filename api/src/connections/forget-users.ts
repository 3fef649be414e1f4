import type { Context } from '../context.ts';
import { forgetWorkflow } from '../workflows/forget-workflow.ts';
import { listUsers } from './list-users.ts';

/** Lets every process forget what it has cached of the workflows that use a connection. */
export async function forgetUsers(context: Context, connectionId: string): Promise<void> {
  const users = await context.read((tx) => listUsers(tx, context.tenantId));
  for (const { id } of users.get(connectionId) ?? []) await forgetWorkflow(context, id);
}

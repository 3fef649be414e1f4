import { Prisma } from '@weftline/prisma';
import type { Context } from '../context.ts';
import { assertFound, conflict } from '../fail.ts';
import { listUsers } from './list-users.ts';
import { endQuietly, prepareRevocation } from './revoke-tokens.ts';

/**
 * Removes a connection and its sealed credentials, gives its tokens back where the service takes them, and ends its
 * sessions. The row's name stays for the audit log.
 * @throws CodedError not_found; conflict with the enabled workflows that use it
 */
export async function deleteConnection(context: Context, id: string): Promise<void> {
  const { tenantId } = context;
  const revoke = await prepareRevocation(context, id);
  await context.change({ action: 'connection.deleted', subject: `connection:${id}` }, async (tx) => {
    // The row is locked first: enabling a workflow holds it too, so neither slips past the other.
    const { count } = await tx.connection.updateMany({
      where: { tenantId, id, deletedAt: null },
      data: {
        deletedAt: new Date(),
        secretCipher: null,
        credentialFacts: {},
        config: {},
        lastTest: Prisma.DbNull,
        account: null,
        status: 'untested',
        etag: { increment: 1 },
      },
    });
    assertFound(count, 'connection');
    const users = (await listUsers(tx, tenantId)).get(id) ?? [];
    const live = users.filter((user) => user.isLive).map(({ id, name }) => ({ id, name }));
    if (live.length > 0)
      throw conflict(
        `The connection is used by ${live.map(({ name }) => `“${name}”`).join(', ')}. Disable or change ${live.length === 1 ? 'it' : 'them'} first.`,
        { workflows: live },
      );
  });
  // The connection is gone in any case: a service that cannot be reached must not keep it alive.
  await endQuietly(context, id, revoke);
}

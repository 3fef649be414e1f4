import type { JsonObject } from '@weftline/connectors/json';
import { closeHosts } from '@weftline/connectors/credential-hosts';
import { changeCredentials } from '@weftline/runner/connections/change-credentials';
import type { Prisma } from '@weftline/prisma';
import { writeAudit } from '../audit.ts';
import type { Context } from '../context.ts';
import { testConnection } from './test-connection.ts';

export type SignInOutcome = { ok: boolean; connectionId: string | null; message: string | null };

export type FinishedSignIn = {
  tenantId: string;
  connectionId: string;
  /** The row of the sign-in, which is over with this. */
  stateId: string;
  userId: string | null;
  credentials: { [name: string]: string };
  config: JsonObject;
  /** What the person agreed to when the sign-in began. */
  agreedHosts: readonly string[] | undefined;
};

/** Seals what a sign-in gave, ends the sign-in in the same transaction, and tests the connection. */
export async function keepSignIn(
  { services, requestId }: Pick<Context, 'services' | 'requestId'>,
  { tenantId, connectionId, stateId, userId, credentials, config, agreedHosts }: FinishedSignIn,
): Promise<SignInOutcome> {
  const actor = userId === null ? 'system' : `user:${userId}`;
  await changeCredentials(
    services,
    tenantId,
    connectionId,
    () => ({
      credentials,
      also: {
        config: config as Prisma.InputJsonObject,
        ...(agreedHosts && { credentialHosts: closeHosts(agreedHosts, config) }),
        status: 'untested',
        account: null,
        etag: { increment: 1 },
      },
    }),
    (work) =>
      services.database.withTenant(tenantId, async (tx) => {
        await work(tx);
        await tx.oauthState.deleteMany({ where: { tenantId, id: stateId } });
        await writeAudit(
          tx,
          { tenantId, actor, requestId },
          { action: 'connection.signed_in', subject: `connection:${connectionId}` },
        );
      }),
  );
  const test = await testConnection(services, tenantId, connectionId);
  return { ok: test.ok, connectionId, message: test.ok ? null : (test.message ?? 'The test failed.') };
}

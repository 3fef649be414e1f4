import type { CredentialFacts } from '@weftline/runner/connections/seal-credentials';
import { isCodedError } from '@weftline/runner/platform/errors';
import type { Context } from '../context.ts';
import { notFound } from '../fail.ts';
import { requireAppAuth } from './find-app-credentials.ts';
import { type AppAuth, forgetTokens, markUsers } from './mark-app-users.ts';

/**
 * Takes back what is set for an app, also for a way to sign in that its newest version has no more.
 * @throws CodedError not_found when nothing is set
 */
export async function deleteAppCredentials(context: Context, appKey: string, authKey: string): Promise<void> {
  const { tenantId } = context;
  const where = { tenantId, appKey, authKey };
  const found: AppAuth | null = await requireAppAuth(context, appKey, authKey).catch((error: unknown) => {
    if (isCodedError(error) && ['not_found', 'invalid_input'].includes(error.code)) return null;
    throw error;
  });
  const toForget = await context.change(
    { action: 'app.credentials_deleted', subject: `app:${appKey}`, details: { auth: authKey } },
    async (tx) => {
      const row = await tx.appCredential.findFirst({ where, select: { credentialFacts: true } });
      if (row === null) throw notFound('setting of an app');
      await tx.appCredential.deleteMany({ where });
      if (found) return markUsers(tx, tenantId, found, Object.keys(row.credentialFacts as CredentialFacts));
      await tx.connection.updateMany({
        where: { ...where, deletedAt: null },
        data: { status: 'untested', account: null, etag: { increment: 1 } },
      });
      return [];
    },
  );
  if (found) await forgetTokens(context, found.auth, toForget);
}

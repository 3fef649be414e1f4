import type { CredentialFacts } from '@weftline/runner/connections/seal-credentials';
import type { Context } from '../context.ts';
import { notFound } from '../fail.ts';
import { type AppAuth, forgetTokens, markUsers } from './mark-app-users.ts';

/** Takes back what is set for an app. @throws CodedError not_found when nothing is */
export async function deleteAppCredentials(context: Context, given: AppAuth): Promise<void> {
  const { tenantId } = context;
  const { appKey, auth } = given;
  const where = { tenantId, appKey, authKey: auth.key };
  const toForget = await context.change(
    { action: 'app.credentials_deleted', subject: `app:${appKey}`, details: { auth: auth.key } },
    async (tx) => {
      const row = await tx.appCredential.findFirst({ where, select: { credentialFacts: true } });
      if (row === null) throw notFound('setting of the app');
      await tx.appCredential.deleteMany({ where });
      return markUsers(tx, tenantId, given, Object.keys(row.credentialFacts as CredentialFacts));
    },
  );
  await forgetTokens(context, auth, toForget);
}

// What is set once for an app, as the API shows it: which members, whether and since when – never a value.
import { closeHosts } from '@weftline/connectors/credential-hosts';
import { listAppLevel } from '@weftline/connectors/schemas/app-level';
import type { CredentialFacts } from '@weftline/runner/connections/seal-credentials';
import type { Context } from '../context.ts';
import { notFound } from '../fail.ts';
import { findUsableConnector } from './find-connector.ts';
import type { AppAuth } from './mark-app-users.ts';

/** An app's way to sign in. @throws CodedError not_found, invalid_input when the app's draft is unfinished */
export async function requireAppAuth(context: Context, appKey: string, authKey: string): Promise<AppAuth> {
  const { connector } = await findUsableConnector(context.services, context.tenantId, appKey);
  const auth = connector.auth.find(({ key }) => key === authKey);
  if (auth === undefined) throw notFound('way to sign in');
  return { appKey, connector, auth };
}

export async function presentAppCredentials(context: Context, { appKey, connector, auth }: AppAuth) {
  const { tenantId } = context;
  const row = await context.read((tx) =>
    tx.appCredential.findFirst({
      where: { tenantId, appKey, authKey: auth.key },
      select: { credentialFacts: true, hosts: true, setBy: true, updatedAt: true },
    }),
  );
  const facts = (row?.credentialFacts ?? {}) as CredentialFacts;
  return {
    app: appKey,
    auth: auth.key,
    members: listAppLevel(connector, auth).map(({ name, label, isSecret, isRequired }) => {
      const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
      return {
        name,
        label,
        secret: isSecret,
        required: isRequired,
        set: fact !== undefined,
        updatedAt: fact?.updatedAt ?? null,
        fingerprint: fact?.fingerprint ?? null,
      };
    }),
    hosts: closeHosts(row?.hosts ?? [], {}),
    setBy: row?.setBy ?? null,
    updatedAt: row?.updatedAt.toISOString() ?? null,
  };
}

// A connection as the API shows it: whether a credential is there, since when, and which one – never the credential.
import { closeHosts } from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import type { CredentialFacts } from '@weftline/runner/connections/seal-credentials';
import { isOtherName } from '@weftline/runner/executor/session-names';
import { formatEtag } from '../edit-version.ts';
import type { ConnectionRow } from './find-connection.ts';
import type { ConnectionUser } from './list-users.ts';
import { redacted } from './schema.ts';

/** Without what other ways to sign in got by themselves, for requests that name them. */
const shownFacts = (facts: CredentialFacts) => Object.entries(facts).filter(([name]) => !isOtherName(name));

export function presentConnection(
  row: ConnectionRow,
  users: readonly ConnectionUser[],
  hostsToAgree: readonly string[],
) {
  const facts = row.credentialFacts as CredentialFacts;
  return {
    id: row.id,
    app: row.appKey,
    name: row.name,
    auth: row.authKey,
    config: row.config,
    status: row.status,
    account: row.account,
    lastTestedAt: row.lastTestedAt?.toISOString() ?? null,
    lastTest: row.lastTest,
    credentials: Object.fromEntries(
      shownFacts(facts).map(([name, { updatedAt, fingerprint }]) => [
        name,
        { redacted: true, value: redacted, updatedAt, fingerprint },
      ]),
    ),
    credentialHosts: closeHosts(row.credentialHosts, row.config as JsonObject),
    hostsToAgree,
    usedBy: users.map(({ id, name }) => ({ id, name })),
    etag: formatEtag(row.etag),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

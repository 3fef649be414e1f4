// Reads the sealed rows of connections for many calls together. Every read begins after it was asked for, so a call inside
// the lock of a token refresh sees what was stored before the lock was given.
import { groupCommits } from '../journal/group-commits.ts';
import { asUnavailable, type Journal } from '../journal/open-journal.ts';

export type SealedRow = {
  name: string;
  authKey: string;
  config: { [name: string]: unknown };
  secretCipher: Uint8Array | null;
  credentialHosts: string[];
  appKey: string;
  /** What is set once for its app, and where that may go; null: nothing is. */
  appCipher: Uint8Array | null;
  appHosts: string[] | null;
  appSecrets: string[] | null;
};

/** Reads one connection; null when the tenant has none of that id. @throws CodedError `unavailable` */
export type ReadConnection = (tenantId: string, connectionId: string) => Promise<SealedRow | null>;

type Row = {
  place_in_batch: number;
  name: string;
  auth_key: string;
  config: { [name: string]: unknown };
  secret_cipher: Buffer | null;
  credential_hosts: string[];
  app_key: string;
  app_cipher: Buffer | null;
  app_hosts: string[] | null;
  app_secrets: string[] | null;
};

/** Makes the reader of one process over the journal's connections. */
export function connectionReader(journal: Pick<Journal, 'query'>): ReadConnection {
  const read = groupCommits<{ tenantId: string; connectionId: string }, SealedRow | null>({
    isOffence: () => false,
    async write(items) {
      const rows = await journal.query<Row>(
        'SELECT * FROM read_connections($1::uuid[], $2::uuid[], $3::uuid[])',
        [
          [...new Set(items.map((item) => item.tenantId))],
          items.map((item) => item.tenantId),
          items.map((item) => item.connectionId),
        ],
      );
      const found: (SealedRow | null)[] = items.map(() => null);
      for (const row of rows)
        found[row.place_in_batch - 1] = {
          name: row.name,
          authKey: row.auth_key,
          config: row.config,
          secretCipher: row.secret_cipher,
          credentialHosts: row.credential_hosts,
          appKey: row.app_key,
          appCipher: row.app_cipher,
          appHosts: row.app_hosts,
          appSecrets: row.app_secrets,
        };
      return found;
    },
  });
  return (tenantId, connectionId) =>
    read({ tenantId, connectionId }).catch((error) => {
      throw asUnavailable(error);
    });
}

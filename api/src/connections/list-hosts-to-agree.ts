import { closeHosts, listCredentialHosts, listUnagreedHosts } from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Services } from '../services.ts';
import type { ConnectionRow } from './find-connection.ts';

type Bound = Pick<ConnectionRow, 'authKey' | 'config' | 'credentialHosts'>;

/** The hosts that a version sends the credentials of a connection to. None when it has that way to sign in no more. */
export function listHostsOf(connector: Connector, { authKey, config }: Pick<Bound, 'authKey' | 'config'>) {
  const auth = connector.auth.find(({ key }) => key === authKey);
  return auth === undefined ? [] : listCredentialHosts(connector, auth, config as JsonObject);
}

/** Those that nobody agreed to. A connection that is not bound yet will be bound by its first use. */
export function listMissingHosts(connector: Connector, row: Bound): string[] {
  if (row.credentialHosts.length === 0) return [];
  const agreed = closeHosts(row.credentialHosts, row.config as JsonObject);
  return listUnagreedHosts(agreed, listHostsOf(connector, row));
}

/** By connection: what a test with the newest version of its app would ask a person to agree to. */
export async function listHostsToAgree(
  services: Pick<Services, 'database' | 'apps'>,
  tenantId: string,
  rows: readonly ConnectionRow[],
): Promise<Map<string, string[]>> {
  const connectors = new Map<string, Connector | null>();
  for (const { appKey } of rows)
    if (!connectors.has(appKey))
      connectors.set(
        appKey,
        await findUsableConnector(services, tenantId, appKey).then(
          ({ connector }) => connector,
          () => null, // gone or unfinished: there is nothing to agree to, and the connection can be shown all the same
        ),
      );
  return new Map(
    rows.map((row) => {
      const connector = connectors.get(row.appKey);
      return [row.id, connector ? listMissingHosts(connector, row) : []];
    }),
  );
}

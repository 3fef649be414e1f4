import { closeHosts } from '@weftline/connectors/credential-hosts';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { revokeOauth } from '@weftline/runner/executor/oauth2';
import { listRevocable } from '@weftline/runner/executor/other-auth';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import { findConnection } from './find-connection.ts';

/** A service has this long to take tokens back, in milliseconds. */
const patienceMs = 5_000;

/**
 * Opens what is needed to give the tokens of a connection back, while its row still holds them.
 * @returns what does it; nothing where the app knows no address for it, or is gone
 */
export async function prepareRevocation(context: Context, id: string): Promise<() => Promise<void>> {
  const { tenantId, services } = context;
  const row = await context.read((tx) => findConnection(tx, tenantId, id));
  if (row === null) return async () => {};
  const found = await findUsableConnector(services, tenantId, row.appKey).catch(() => null);
  const auth = found?.connector.auth.find(({ key }) => key === row.authKey);
  const knowsAddress = found?.connector.auth.some(({ oauth2 }) => oauth2?.revokeUrl !== undefined);
  if (!found || !auth || !knowsAddress) return async () => {};
  const { connector } = found;
  const connection = await openConnection(services, tenantId, id);
  const { config, credentialHosts = [] } = connection;
  // Also what other ways to sign in got for requests that name them.
  const all = [
    ...(auth.oauth2?.revokeUrl === undefined ? [] : [connection]),
    ...listRevocable(connector, connection),
  ];
  return async () => {
    const signal = AbortSignal.timeout(patienceMs);
    const given = await Promise.allSettled(
      all.map(({ authKey, credentials }) =>
        revokeOauth({
          tenantId,
          connector,
          authKey,
          config,
          credentials,
          agreedHosts: credentialHosts.length === 0 ? null : closeHosts(credentialHosts, config),
          egress: services.egress,
          signal,
        }),
      ),
    );
    for (const result of given) if (result.status === 'rejected') throw result.reason;
  };
}

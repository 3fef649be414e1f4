import { closeHosts } from '@weftline/connectors/credential-hosts';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { limitToApp } from '@weftline/runner/executor/agreed-hosts';
import { revokeOauth } from '@weftline/runner/executor/oauth2';
import { listRevocable } from '@weftline/runner/executor/other-auth';
import { logOut } from '@weftline/runner/executor/session';
import { isCodedError } from '@weftline/runner/platform/errors';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import { findConnection } from './find-connection.ts';

/** A service has this long to take tokens back or end a session, in milliseconds. */
const patienceMs = 5_000;

/**
 * Opens what is needed to give the tokens of a connection back and to end its sessions, while its row still holds them.
 * @param what `sessions`: only those, for a connection that stays
 * @returns what does it; nothing where the app does not say how, or is gone
 */
export async function prepareRevocation(
  context: Context,
  id: string,
  what: 'all' | 'sessions' = 'all',
): Promise<() => Promise<void>> {
  const { tenantId, services } = context;
  const row = await context.read((tx) => findConnection(tx, tenantId, id));
  if (row === null) return async () => {};
  const found = await findUsableConnector(services, tenantId, row.appKey).catch(() => null);
  const auth = found?.connector.auth.find(({ key }) => key === row.authKey);
  const knowsHow = found?.connector.auth.some(
    ({ oauth2, session }) =>
      session?.logout !== undefined || (what === 'all' && oauth2?.revokeUrl !== undefined),
  );
  if (!found || !auth || !knowsHow) return async () => {};
  const { connector } = found;
  const connection = await openConnection(services, tenantId, id);
  const { config, credentialHosts = [] } = connection;
  // Also what other ways to sign in got for requests that name them.
  const all = [connection, ...listRevocable(connector, connection)];
  const agreed = credentialHosts.length === 0 ? null : closeHosts(credentialHosts, config);
  const agreedHosts = limitToApp(agreed, connection.appLevel, config);
  return async () => {
    const signal = AbortSignal.timeout(patienceMs);
    const facts = { tenantId, connector, config, agreedHosts, egress: services.egress, signal };
    const given = await Promise.allSettled(
      all.map(async ({ authKey, credentials }) => {
        const used = connector.auth.find(({ key }) => key === authKey);
        if (used?.session?.logout !== undefined)
          await logOut({ ...facts, auth: used, credentials, now: Date.now });
        else if (what === 'all' && used?.oauth2?.revokeUrl !== undefined)
          await revokeOauth({ ...facts, authKey, credentials });
      }),
    );
    for (const result of given) if (result.status === 'rejected') throw result.reason;
  };
}

/** Does what was prepared; a service that cannot be reached changes nothing for who waits. */
export async function endQuietly({ log }: Context, id: string, end: () => Promise<void>): Promise<void> {
  await end().catch((error: unknown) => {
    log.warn(
      { connectionId: id, code: isCodedError(error) ? error.code : 'internal' },
      'tokens or sessions stay in force',
    );
  });
}

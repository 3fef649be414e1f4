// A connection as the executor needs it: opened as late as possible, by the caller of one call.
import type { Prisma } from '@weftline/prisma';
import type { OpenConnection } from '../executor/types.ts';
import { CodedError } from '../platform/errors.ts';
import { isOtherClient, mergeAppCredentials, openAppCredentials } from './app-credentials.ts';
import { bindHosts } from './bind-hosts.ts';
import { changeCredentials, type ConnectionStore } from './change-credentials.ts';
import type { ReadConnection } from './read-connections.ts';
import { openCredentials } from './seal-credentials.ts';

/**
 * Opens one connection of a tenant.
 * Output: name, auth, settings and plain credentials, those set for its app under its own; `saveCredentials` stores what a token refresh gave, `saveConfig` what
 * was learned, `bindHosts` binds a connection of before there were bounds.
 * @throws CodedError `not_found` when the tenant has no such connection
 */
export async function openConnection(
  services: ConnectionStore & { readConnection?: ReadConnection },
  tenantId: string,
  connectionId: string,
): Promise<OpenConnection> {
  const row = await (services.readConnection ?? readOne(services))(tenantId, connectionId);
  if (row === null)
    throw new CodedError({
      code: 'not_found',
      message: 'The connection that is used here no longer exists. Choose another one.',
    });
  const own = await openCredentials(services.vault, tenantId, connectionId, row.secretCipher);
  const { appKey, authKey, appCipher, appHosts, appSecrets } = row;
  const app = appCipher && {
    credentials: await openAppCredentials(services.vault, tenantId, appKey, authKey, appCipher),
    hosts: appHosts ?? [],
    secretNames: appSecrets ?? [],
  };
  const merged = mergeAppCredentials(own, app);
  const { credentials, appLevel } = merged;
  const config = row.config as OpenConnection['config'];
  const hosts = config['hosts'];
  return {
    id: connectionId,
    name: row.name,
    authKey: row.authKey,
    config,
    credentials,
    ...(appLevel && { appLevel }),
    ...(Array.isArray(hosts)
      ? { allowedHosts: hosts.filter((host): host is string => typeof host === 'string') }
      : {}),
    credentialHosts: row.credentialHosts,
    bindHosts: (declared) => bindHosts(services.database, tenantId, connectionId, declared),
    async saveConfig(learned) {
      await services.database.withTenant(tenantId, async (tx) => {
        const row = await tx.connection.findFirst({
          where: { tenantId, id: connectionId, deletedAt: null },
          select: { config: true },
        });
        if (row === null) return;
        const next = { ...(row.config as Prisma.JsonObject), ...learned } as Prisma.InputJsonObject;
        await tx.connection.updateMany({
          where: { tenantId, id: connectionId, deletedAt: null },
          data: { config: next },
        });
      });
    },
    async saveCredentials(next) {
      if (await isOtherClient(services, tenantId, row, merged)) return;
      // A person may have typed a new client secret meanwhile: only what this call changed is written over it.
      await changeCredentials(services, tenantId, connectionId, (current) => {
        const merged = { ...current };
        for (const name of Object.keys(credentials)) if (!Object.hasOwn(next, name)) delete merged[name];
        for (const [name, value] of Object.entries(next))
          if (value !== credentials[name]) merged[name] = value;
        return { credentials: merged };
      });
    },
  };
}

const readOne =
  (services: ConnectionStore): ReadConnection =>
  async (tenantId, connectionId) => {
    const found = await services.database.withTenant(tenantId, async (tx) => {
      const row = await tx.connection.findFirst({
        where: { tenantId, id: connectionId, deletedAt: null },
        select: {
          name: true,
          appKey: true,
          authKey: true,
          config: true,
          secretCipher: true,
          credentialHosts: true,
        },
      });
      if (row === null) return null;
      const { appKey, authKey } = row;
      const app = await tx.appCredential.findFirst({
        where: { tenantId, appKey, authKey },
        select: { secretCipher: true, hosts: true, secretNames: true },
      });
      const { secretCipher: appCipher = null, hosts: appHosts = null, secretNames = null } = app ?? {};
      return { ...row, appCipher, appHosts, appSecrets: secretNames };
    });
    return found && { ...found, config: found.config as { [name: string]: unknown } };
  };

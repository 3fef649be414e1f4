import { closeHosts, isAgreedHost, listCredentialHosts } from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import { assertMayDo } from '../access.ts';
import { findConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import { conflict, invalidInput } from '../fail.ts';
import { type ConnectionRow, requireConnection } from './find-connection.ts';

/** Hosts that any version of the app, or its draft, sends the credentials of this connection to. */
async function listKnownHosts(context: Context, row: ConnectionRow, wanted: readonly string[]) {
  const { tenantId, services } = context;
  const { app } = await findConnector(services, tenantId, row.appKey);
  const known = new Set<string>();
  const versions = [
    ...app.versions.map(({ version }) => version),
    ...(app.row.draft === null ? [] : ['draft']),
  ];
  for (const version of versions) {
    if (wanted.every((host) => known.has(host))) break;
    const { connector } = await findConnector(services, tenantId, row.appKey, version);
    const auth = Array.isArray(connector.auth)
      ? connector.auth.find(({ key }) => key === row.authKey)
      : undefined;
    if (!auth) continue;
    for (const host of listCredentialHosts(connector, auth, row.config as JsonObject)) known.add(host);
  }
  return { name: app.row.name, known };
}

/**
 * Keeps that a person agreed to send a connection's credentials to these hosts, besides those agreed to before. Only hosts that a version
 * of the app declares can be agreed to.
 * @throws CodedError not_found, not_allowed, invalid_input at `/agreeToHosts/<n>`, conflict
 */
export async function agreeToHosts(context: Context, id: string, hosts: readonly string[]): Promise<void> {
  const { tenantId } = context;
  assertMayDo(context.actor.role, 'connections.change');
  const row = await context.read((tx) => requireConnection(tx, tenantId, id));
  const wanted = [...new Set(hosts.map((host) => host.toLowerCase()))];
  const { name, known } = await listKnownHosts(context, row, wanted);
  const problems = wanted.flatMap((host, index) =>
    known.has(host)
      ? []
      : [
          {
            path: `/agreeToHosts/${index}`,
            code: 'unknown_host',
            message: `No version of ${name} sends credentials to ${host}.`,
          },
        ],
  );
  if (problems.length > 0) throw invalidInput(problems);
  const agreed = closeHosts(row.credentialHosts, row.config as JsonObject);
  const added = wanted.filter((host) => !isAgreedHost(agreed, host));
  if (added.length === 0) return;
  await context.change(
    { action: 'connection.hosts_agreed', subject: `connection:${id}`, details: { hosts: added } },
    async (tx) => {
      const { count } = await tx.connection.updateMany({
        where: { tenantId, id, deletedAt: null, credentialHosts: { equals: row.credentialHosts } },
        data: { credentialHosts: [...row.credentialHosts, ...added], etag: { increment: 1 } },
      });
      if (count === 0) throw conflict('The connection was changed meanwhile. Look at it again, then agree.');
    },
  );
}

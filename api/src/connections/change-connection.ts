import { listCredentialHosts } from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import { signInOf } from '@weftline/connectors/schemas/fixed-credentials';
import type { Prisma } from '@weftline/prisma';
import { mergeAppCredentials, readAppCredentials } from '@weftline/runner/connections/app-credentials';
import { changeCredentials } from '@weftline/runner/connections/change-credentials';
import { forgetGiven } from '@weftline/runner/executor/session-names';
import type { z } from 'zod';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import { readIfMatch, staleEdit } from '../edit-version.ts';
import { notFound } from '../fail.ts';
import { addChangedHosts } from './add-changed-hosts.ts';
import { checkConfig, checkCredentials, chooseAuth, refuse } from './check-credentials.ts';
import { endQuietly, prepareRevocation } from './revoke-tokens.ts';
import { type ConnectionRow, requireConnection } from './find-connection.ts';
import { forgetUsers } from './forget-users.ts';
import { type changeBody, redacted } from './schema.ts';

/**
 * Changes name, settings or credentials. A credential that is left out or sent as [REDACTED] stays.
 * Other credentials or settings make the connection untested. If-Match is honoured when it is sent.
 * @throws CodedError not_found, invalid_input, stale_edit
 */
export async function changeConnection(
  context: Context,
  id: string,
  change: z.infer<typeof changeBody>,
): Promise<ConnectionRow> {
  const { tenantId, services } = context;
  const former = await context.read((tx) => requireConnection(tx, tenantId, id));
  const expected = context.request.headers.has('if-match') ? readIfMatch(context) : null;
  if (expected !== null && expected !== former.etag) throw staleEdit(former.etag);
  const { connector } = await findUsableConnector(services, tenantId, former.appKey);
  const auth = chooseAuth(connector, former.authKey);
  // What was learned at the service is not typed in, so leaving it out does not forget it.
  const learned = (auth.capture ?? [])
    .filter(({ name }) => Object.hasOwn(former.config as object, name))
    .map(({ name }) => [name, (former.config as { [name: string]: unknown })[name]] as const);
  const config = change.config && { ...Object.fromEntries(learned), ...change.config };
  if (config) refuse(checkConfig(connector, config));

  const settled = (config ?? former.config) as JsonObject;
  const isBound = former.credentialHosts.length > 0;
  const agreed = isBound ? addChangedHosts(connector, auth, former, settled) : [];
  const plain = {
    ...(isBound ? { credentialHosts: agreed } : {}),
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(config === undefined ? {} : { config: config as Prisma.InputJsonObject }),
    etag: { increment: 1 },
    updatedAt: new Date(),
  };
  const untested = { status: 'untested', account: null };
  const typed = Object.entries(change.credentials ?? {}).filter(([, value]) => value !== redacted);
  const changed = [
    ...Object.keys(change).filter((name) => name !== 'credentials'),
    ...typed.map(([name]) => `credentials.${name}`),
  ];
  const entry = { action: 'connection.changed', subject: `connection:${id}`, details: { changed } };
  // What a machine got with its old credentials is forgotten below, so its sessions end at the service as well.
  const endSessions =
    typed.length > 0 && signInOf(auth) === 'none'
      ? await prepareRevocation(context, id, 'sessions')
      : async () => {};
  const app = typed.length > 0 ? await readAppCredentials(services, tenantId, former.appKey, auth.key) : null;
  if (typed.length > 0)
    await changeCredentials(
      services,
      tenantId,
      id,
      (opened, row) => {
        if (expected !== null && row.etag !== expected) throw staleEdit(row.etag);
        // What a machine got with its old credentials must not make the new ones look right.
        const kept = signInOf(auth) !== 'none' ? opened : forgetGiven(opened);
        const credentials = { ...kept, ...Object.fromEntries(typed) };
        refuse(checkCredentials(connector, auth, mergeAppCredentials(credentials, app).credentials));
        // Who types in everything that is secret agrees to where the app sends it now; a part of it says nothing about the rest.
        const isWhole = Object.keys(kept).every((name) => typed.some(([one]) => one === name));
        const credentialHosts = [...new Set([...agreed, ...listCredentialHosts(connector, auth, settled)])];
        const also = { ...plain, ...untested, ...(isWhole ? { credentialHosts } : {}) };
        return { credentials, also };
      },
      (work) => context.change(entry, work),
    );
  else
    await context.change(entry, async (tx) => {
      const { count } = await tx.connection.updateMany({
        where: { tenantId, id, deletedAt: null, ...(expected === null ? {} : { etag: expected }) },
        data: { ...plain, ...(change.config === undefined ? {} : untested) },
      });
      if (count === 0) throw expected === null ? notFound('connection') : staleEdit(null);
    });
  await forgetUsers(context, id);
  await endQuietly(context, id, endSessions);
  return context.read((tx) => requireConnection(tx, tenantId, id));
}

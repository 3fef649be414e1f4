import { listCredentialHosts } from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import type { Prisma } from '@weftline/prisma';
import { mergeAppCredentials, readAppCredentials } from '@weftline/runner/connections/app-credentials';
import { listAppLevel } from '@weftline/connectors/schemas/app-level';
import { describeCredentials, sealCredentials } from '@weftline/runner/connections/seal-credentials';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { assertMayDo } from '../access.ts';
import { findUsableConnector } from '../apps/find-connector.ts';
import { storeAppCredentials } from '../apps/store-app-credentials.ts';
import { writeAudit } from '../audit.ts';
import type { Context } from '../context.ts';
import { checkConfig, checkCredentials, chooseAuth, refuse } from './check-credentials.ts';
import { explainAppLevel } from './explain-app-level.ts';
import { type ConnectionRow, requireConnection } from './find-connection.ts';
import type { createBody } from './schema.ts';

/**
 * Makes an untested connection; its credentials are sealed before they reach the database. What is set for the app need not be among them;
 * with `keepForApp` what belongs to the app is kept for it, and not with the connection.
 * @throws CodedError not_found (app), invalid_input with paths below /auth, /credentials and /config; not_allowed
 */
export async function createConnection(
  context: Context,
  input: z.infer<typeof createBody>,
): Promise<ConnectionRow> {
  const { tenantId, services } = context;
  const { connector } = await findUsableConnector(services, tenantId, input.app);
  const auth = chooseAuth(connector, input.auth);
  const config = input.config ?? {};
  const app = await readAppCredentials(services, tenantId, input.app, auth.key);
  const { credentials: whole } = mergeAppCredentials(input.credentials, app);
  const problems = checkCredentials(connector, auth, whole);
  refuse([...(await explainAppLevel(context, connector, auth, problems)), ...checkConfig(connector, config)]);
  const levels = input.keepForApp ? listAppLevel(connector, auth).map(({ name }) => name) : [];
  const typed = Object.entries(input.credentials);
  const own = Object.fromEntries(typed.filter(([name]) => !levels.includes(name)));
  const forApp = Object.fromEntries(typed.filter(([name]) => levels.includes(name)));
  if (Object.keys(forApp).length > 0) assertMayDo(context.actor.role, 'workspace.change');
  const kept =
    Object.keys(forApp).length > 0
      ? await storeAppCredentials(context, { appKey: input.app, connector, auth }, forApp, {
          keepsOthers: true,
          // With a setting that decides about the host, the admin types in where to.
          whole: listCredentialHosts(connector, auth, config as JsonObject).filter(
            (host) => !host.includes('{{'),
          ),
        })
      : null;
  const id = uuidv7();
  const facts = await describeCredentials(services.vault, tenantId, own, {}, new Date());
  const sealed = await sealCredentials(services.vault, tenantId, id, own);
  const row = await context.change(
    {
      action: 'connection.created',
      subject: `connection:${id}`,
      details: { app: input.app, name: input.name },
    },
    async (tx) => {
      if (kept) {
        await kept.write(tx);
        await writeAudit(
          tx,
          { tenantId, actor: context.actor.name, requestId: context.requestId },
          {
            action: 'app.credentials_set',
            subject: `app:${input.app}`,
            details: { auth: auth.key, changed: kept.changed },
          },
        );
      }
      await tx.connection.createMany({
        data: [
          {
            tenantId,
            id,
            appKey: input.app,
            authKey: auth.key,
            name: input.name,
            config: config as Prisma.InputJsonObject,
            secretCipher: new Uint8Array(sealed),
            credentialFacts: facts,
            // Who types credentials in agrees to where the app sends them now.
            credentialHosts: listCredentialHosts(connector, auth, config as JsonObject),
            createdBy: context.actor.userId,
          },
        ],
      });
      return requireConnection(tx, tenantId, id);
    },
  );
  await kept?.settle();
  return row;
}

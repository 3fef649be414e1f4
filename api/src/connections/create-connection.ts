import { listCredentialHosts } from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import type { Prisma } from '@weftline/prisma';
import { describeCredentials, sealCredentials } from '@weftline/runner/connections/seal-credentials';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import { checkConfig, checkCredentials, chooseAuth, refuse } from './check-credentials.ts';
import { type ConnectionRow, requireConnection } from './find-connection.ts';
import type { createBody } from './schema.ts';

/**
 * Makes an untested connection; its credentials are sealed before they reach the database.
 * @throws CodedError not_found (app), invalid_input with paths below /auth, /credentials and /config
 */
export async function createConnection(
  context: Context,
  input: z.infer<typeof createBody>,
): Promise<ConnectionRow> {
  const { tenantId, services } = context;
  const { connector } = await findUsableConnector(services, tenantId, input.app);
  const auth = chooseAuth(connector, input.auth);
  const config = input.config ?? {};
  refuse([...checkCredentials(connector, auth, input.credentials), ...checkConfig(connector, config)]);
  const id = uuidv7();
  const facts = await describeCredentials(services.vault, tenantId, input.credentials, {}, new Date());
  const sealed = await sealCredentials(services.vault, tenantId, id, input.credentials);
  return context.change(
    {
      action: 'connection.created',
      subject: `connection:${id}`,
      details: { app: input.app, name: input.name },
    },
    async (tx) => {
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
}

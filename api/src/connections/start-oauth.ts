import { createHash, randomBytes } from 'node:crypto';
import { closeHosts, listCredentialHosts, listUnagreedHosts } from '@weftline/connectors/credential-hosts';
import type { Json } from '@weftline/connectors/json';
import type { Auth, Connector } from '@weftline/connectors/types';
import type { Prisma } from '@weftline/prisma';
import {
  mergeAppCredentials,
  readAppCredentials,
  withoutAppLevel,
} from '@weftline/runner/connections/app-credentials';
import { openConnection } from '@weftline/runner/connections/open-connection';
import {
  startDevice,
  startOauth as makeSignIn,
  startOauth1,
  type DeviceCode,
} from '@weftline/runner/executor/oauth2';
import { hostsNotAgreed, limitToApp } from '@weftline/runner/executor/agreed-hosts';
import { signInOf } from '@weftline/connectors/schemas/fixed-credentials';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import { conflict, invalidInput } from '../fail.ts';
import type { Services } from '../services.ts';
import { explainAppLevel } from './explain-app-level.ts';
import { checkConfig, checkCredentials, chooseAuth, refuse } from './check-credentials.ts';
import { createConnection } from './create-connection.ts';
import { addChangedHosts } from './add-changed-hosts.ts';
import { type ConnectionRow, requireConnection } from './find-connection.ts';
import { type oauthStartBody, redacted } from './schema.ts';

/** What waits for the callback, sealed. */
export type PendingSignIn = {
  /** OAuth 2.0: the secret half of PKCE. */
  codeVerifier?: string;
  /** OAuth 1.0: the token that lasts until the person is back. */
  temporary?: { token: string; tokenSecret: string };
  /** A code that is typed elsewhere: what asks for the token, and not before when (ms since 1970). */
  device?: { deviceCode: string; interval: number; notBefore: number };
  /** The connection's own; what is set for its app is read anew. */
  credentials: { [name: string]: string };
  config: { [name: string]: Json };
  /** Where the secrets of this sign-in may be sent. Missing in those that began before there were bounds. */
  agreedHosts?: string[];
};

const lastsMs = 10 * 60_000;

export const redirectUri = ({ env }: Pick<Services, 'env'>): string =>
  `${env.PUBLIC_URL}/api/v1/oauth/callback`;
export const hashState = (state: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(state).digest());
export const statePlace = (id: string) => ({ table: 'oauth_states', row: id, column: 'secret_cipher' });

/**
 * Begins a sign-in at a service, for a new connection or for one that is to be reconnected. A connection that works
 * keeps its credentials until the sign-in has come back.
 * Output: the address to open in a browser, good for ten minutes and one callback; or with `device` a code to type there,
 * on any device, while `pollSignIn` asks whether it was.
 * @throws CodedError not_found, invalid_input, conflict (nobody signs in there), hosts_not_agreed, remote_refused, remote_unreachable
 */
export async function startOauth(context: Context, input: z.infer<typeof oauthStartBody>) {
  const { tenantId, services } = context;
  const former = input.connectionId
    ? await context.read((tx) => requireConnection(tx, tenantId, input.connectionId!))
    : null;
  const appKey = former?.appKey ?? input.app;
  if (appKey === undefined) throw missing('/app', 'Say which app to sign in to.');
  const { connector } = await findUsableConnector(services, tenantId, appKey);
  const wanted = former?.authKey ?? input.auth;
  const oauthKey = wanted ?? connector.auth.find((one) => signInOf(one) !== 'none')?.key;
  const auth = chooseAuth(connector, oauthKey);
  if (signInOf(auth) === 'none')
    throw conflict(
      `${auth.label} does not sign in at the service. Create the connection and test it instead.`,
    );

  let id: string;
  let credentials = input.credentials;
  let config = (input.config ?? {}) as { [name: string]: Json };
  if (former) {
    id = former.id;
    const stored = await openConnection(services, tenantId, id);
    const typed = Object.entries(input.credentials).filter(([, value]) => value !== redacted);
    const own = withoutAppLevel(stored.credentials, stored.appLevel);
    credentials = { ...own, ...Object.fromEntries(typed) };
    config = { ...(former.config as typeof config), ...config };
    const whole = { ...stored.credentials, ...credentials };
    const problems = checkCredentials(connector, auth, whole);
    refuse([
      ...(await explainAppLevel(context, connector, auth, problems)),
      ...checkConfig(connector, config),
    ]);
  } else {
    if (input.name === undefined) throw missing('/name', 'Give the connection a name.');
    const row = await createConnection(context, {
      app: appKey,
      auth: auth.key,
      name: input.name,
      credentials,
      config,
      keepForApp: input.keepForApp,
    });
    id = row.id;
    const { credentials: made, appLevel } = await openConnection(services, tenantId, id);
    credentials = withoutAppLevel(made, appLevel);
  }
  const agreedHosts = former
    ? agreeAnew(connector, auth, former, config, input.agreeToHosts ?? [])
    : listCredentialHosts(connector, auth, config);
  const app = await readAppCredentials(services, tenantId, appKey, auth.key);
  const merged = mergeAppCredentials(credentials, app);
  const state = randomBytes(32).toString('base64url');
  const begun = await begin(
    services,
    {
      tenantId,
      connector,
      authKey: auth.key,
      config,
      credentials: merged.credentials,
      agreedHosts: limitToApp(closeHosts(agreedHosts, config), merged.appLevel, config),
      signal: context.request.signal,
    },
    auth,
    state,
  );
  const stateId = uuidv7();
  const pending: PendingSignIn = { ...begun.pending, credentials, config, agreedHosts };
  const sealed = await services.vault.seal(tenantId, statePlace(stateId), JSON.stringify(pending));
  const data: Prisma.OauthStateCreateManyInput = {
    tenantId,
    id: stateId,
    stateHash: hashState(state),
    connectionId: id,
    userId: context.actor.userId,
    secretCipher: new Uint8Array(sealed),
    expiresAt: new Date(
      services.clock().getTime() + (begun.device ? begun.device.expiresIn * 1_000 : lastsMs),
    ),
  };
  await context.change({ action: 'connection.sign_in_started', subject: `connection:${id}` }, async (tx) => {
    // The one before is void, and so is what nobody came back from.
    const isOver = [{ connectionId: id }, { expiresAt: { lt: services.clock() } }];
    await tx.oauthState.deleteMany({ where: { tenantId, OR: isOver } });
    await tx.oauthState.createMany({ data: [data] });
  });
  if (!begun.device) return { authorizeUrl: begun.authorizeUrl, connectionId: id };
  const { userCode, verificationUri, expiresIn, interval } = begun.device;
  const device = { userCode, verificationUri, expiresIn, interval };
  return { authorizeUrl: begun.authorizeUrl, connectionId: id, device };
}

/**
 * What holds for a connection that is connected again: what was agreed to, what its changed settings make of that, and what the
 * person agrees to now. What is stored leaves with the first request already, so this is asked before.
 * @throws CodedError hosts_not_agreed
 */
function agreeAnew(
  connector: Connector,
  auth: Auth,
  former: ConnectionRow,
  config: { [name: string]: Json },
  agreedNow: readonly string[],
): string[] {
  const declared = listCredentialHosts(connector, auth, config);
  if (former.credentialHosts.length === 0) return declared;
  const settled = addChangedHosts(connector, auth, former, config);
  const missing = listUnagreedHosts(closeHosts(settled, config), declared);
  const refused = missing.filter((host) => !agreedNow.includes(host));
  if (refused.length > 0) throw hostsNotAgreed(connector, refused);
  return [...settled, ...missing];
}

type Begun = {
  authorizeUrl: string;
  pending: Pick<PendingSignIn, 'codeVerifier' | 'temporary' | 'device'>;
  device?: DeviceCode;
};

/** The first half of a sign-in, by the kind of it. */
async function begin(
  services: Services,
  given: Omit<Parameters<typeof makeSignIn>[0], 'redirectUri' | 'state'> & { signal: AbortSignal },
  auth: Auth,
  state: string,
): Promise<Begun> {
  const { egress } = services;
  const now = () => services.clock().getTime();
  if (signInOf(auth) === 'device') {
    const device = await startDevice(given, { egress, now });
    const { deviceCode, interval } = device;
    return {
      authorizeUrl: device.verificationUriComplete ?? device.verificationUri,
      pending: { device: { deviceCode, interval, notBefore: now() + interval * 1_000 } },
      device,
    };
  }
  if (auth.type === 'OAUTH1') {
    const callback = `${redirectUri(services)}?state=${state}`;
    const { authorizeUrl, temporary } = await startOauth1(given, callback, { egress, now });
    return { authorizeUrl, pending: { temporary } };
  }
  const place = { redirectUri: redirectUri(services), state };
  const { authorizeUrl, codeVerifier } = await makeSignIn({ ...given, ...place }, { egress });
  return { authorizeUrl, pending: { codeVerifier } };
}

const missing = (path: string, message: string) => invalidInput([{ path, code: 'missing', message }]);

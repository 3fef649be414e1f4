import { closeHosts } from '@weftline/connectors/credential-hosts';
import {
  mergeAppCredentials,
  readAppCredentials,
  withoutAppLevel,
} from '@weftline/runner/connections/app-credentials';
import { limitToApp } from '@weftline/runner/executor/agreed-hosts';
import { finishOauth as exchangeCode, finishOauth1 } from '@weftline/runner/executor/oauth2';
import { CodedError } from '@weftline/runner/platform/errors';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import type { Services } from '../services.ts';
import { requireConnection } from './find-connection.ts';
import { keepSignIn, type SignInOutcome } from './keep-sign-in.ts';
import { hashState, type PendingSignIn, redirectUri, statePlace } from './start-oauth.ts';

const tooOld = () =>
  new CodedError({
    code: 'invalid_input',
    message: 'This sign-in is unknown, too old or has been used. Start it again from the connection.',
  });

type TakenState = { tenant_id: string; state_id: string; connection_id: string };

/** Some services call the state otherwise; whose it is says only the database, so every value that may be one is asked for. */
async function takeState(
  services: Services,
  callback: URLSearchParams,
): Promise<{ state: string; taken: TakenState }> {
  const named = callback.get('state');
  const candidates = named === null ? [...callback.values()] : [named];
  for (const state of candidates.filter((value) => /^[\w-]{43}$/.test(value)).slice(0, 4)) {
    const [taken] = await services.database.callDoor<TakenState>('take_oauth_state', [
      Buffer.from(hashState(state)),
    ]);
    if (taken) return { state, taken };
  }
  throw tooOld();
}

/**
 * Takes a sign-in that has come back: exchanges the code, seals the tokens, tests the connection.
 * The state decides whose it is; a person who is signed in as somebody else is refused.
 * @throws CodedError invalid_input (state), remote_refused, connection_expired, remote_unreachable, blocked_address
 */
export async function finishOauth(context: Context, callback: URLSearchParams): Promise<SignInOutcome> {
  const { services, someone } = context;
  const { state, taken } = await takeState(services, callback);
  const { tenant_id: tenantId, state_id: stateId, connection_id: id } = taken;
  const { row, connection } = await services.database.withTenant(tenantId, async (tx) => ({
    row: await tx.oauthState.findFirst({ where: { tenantId, id: stateId } }),
    connection: await requireConnection(tx, tenantId, id),
  }));
  if (row === null || (someone !== null && row.userId !== null && someone.userId !== row.userId))
    throw tooOld();
  const plain = await services.vault.open(tenantId, statePlace(stateId), row.secretCipher);
  const pending = JSON.parse(plain.toString('utf8')) as PendingSignIn;
  plain.fill(0);
  const { connector } = await findUsableConnector(services, tenantId, connection.appKey);
  const app = await readAppCredentials(services, tenantId, connection.appKey, connection.authKey);
  const merged = mergeAppCredentials(pending.credentials, app);
  const given = {
    tenantId,
    connector,
    authKey: connection.authKey,
    config: pending.config,
    credentials: merged.credentials,
    agreedHosts: limitToApp(
      pending.agreedHosts && closeHosts(pending.agreedHosts, pending.config),
      merged.appLevel,
      pending.config,
    ),
    callback,
    signal: context.request.signal,
  };
  const ways = { egress: services.egress, now: () => services.clock().getTime() };
  const { credentials, learned } = pending.temporary
    ? await finishOauth1({ ...given, temporary: pending.temporary }, ways)
    : await exchangeCode(
        {
          ...given,
          redirectUri: redirectUri(services),
          state,
          codeVerifier: pending.codeVerifier ?? '',
        },
        ways,
      );
  return keepSignIn(context, {
    tenantId,
    connectionId: id,
    stateId,
    userId: row.userId,
    credentials: withoutAppLevel(credentials, merged.appLevel),
    config: { ...pending.config, ...learned },
    agreedHosts: pending.agreedHosts,
  });
}

import { closeHosts } from '@weftline/connectors/credential-hosts';
import {
  mergeAppCredentials,
  readAppCredentials,
  withoutAppLevel,
} from '@weftline/runner/connections/app-credentials';
import { limitToApp } from '@weftline/runner/executor/agreed-hosts';
import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import { pollDevice } from '@weftline/runner/executor/oauth2';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import { conflict } from '../fail.ts';
import { requireConnection } from './find-connection.ts';
import { keepSignIn } from './keep-sign-in.ts';
import { type PendingSignIn, statePlace } from './start-oauth.ts';

/** `done`: the sign-in is over; else ask again after so many seconds. */
export type PolledSignIn =
  | { done: false; waitSeconds: number }
  | { done: true; ok: boolean; message: string | null };

/**
 * Asks the service once whether a person has typed the code of a sign-in that was begun. One question at a time for a
 * connection, and never sooner than the service allows: a second token of one code would void the first.
 * @throws CodedError not_found; conflict when no such sign-in waits; connection_expired, remote_refused, remote_unreachable
 */
export async function pollSignIn(context: Context, id: string): Promise<PolledSignIn> {
  const { tenantId, services } = context;
  const waiting = async () => {
    const row = await context.read((tx) =>
      tx.oauthState.findFirst({
        where: { tenantId, connectionId: id, usedAt: null, expiresAt: { gt: services.clock() } },
      }),
    );
    const isMine = row !== null && (row.userId === null || row.userId === context.actor.userId);
    if (!isMine) throw conflict('No sign-in with a code waits here. Start it again.');
    return row;
  };
  const connection = await context.read((tx) => requireConnection(tx, tenantId, id));
  const { id: stateId } = await waiting();
  const lock = createLockRefresh(services.database, tenantId);
  // The sign-in is locked and not the connection, whose test may want that lock to renew the token.
  return lock(stateId, async () => {
    const row = await waiting();
    const plain = await services.vault.open(tenantId, statePlace(row.id), row.secretCipher);
    const pending = JSON.parse(plain.toString('utf8')) as PendingSignIn;
    plain.fill(0);
    const { device } = pending;
    if (!device) throw conflict('This sign-in waits in the browser, not for a code.');
    const now = () => services.clock().getTime();
    if (now() < device.notBefore)
      return { done: false, waitSeconds: Math.ceil((device.notBefore - now()) / 1_000) };
    const { connector } = await findUsableConnector(services, tenantId, connection.appKey);
    const app = await readAppCredentials(services, tenantId, connection.appKey, connection.authKey);
    const merged = mergeAppCredentials(pending.credentials, app);
    const answer = await pollDevice(
      {
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
        deviceCode: device.deviceCode,
        signal: context.request.signal,
      },
      { egress: services.egress, now },
    );
    if (answer.state === 'done') {
      const { learned } = answer;
      const credentials = withoutAppLevel(answer.credentials, merged.appLevel);
      const config = { ...pending.config, ...learned };
      const { agreedHosts } = pending;
      const whose = { tenantId, connectionId: id, stateId: row.id, userId: row.userId };
      const kept = { ...whose, credentials, config, agreedHosts };
      const { ok, message } = await keepSignIn(context, kept);
      return { done: true, ok, message };
    }
    // RFC 8628, 3.5: told to slow down, we wait five seconds longer from then on.
    const interval = device.interval + (answer.slower ? 5 : 0);
    const next = { ...pending, device: { ...device, interval, notBefore: now() + interval * 1_000 } };
    const sealed = await services.vault.seal(tenantId, statePlace(row.id), JSON.stringify(next));
    await services.database.withTenant(tenantId, (tx) =>
      tx.oauthState.updateMany({
        where: { tenantId, id: row.id },
        data: { secretCipher: new Uint8Array(sealed) },
      }),
    );
    return { done: false, waitSeconds: interval };
  });
}

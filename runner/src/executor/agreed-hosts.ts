// Credentials go only where a person agreed to send them, whatever a later version of the app declares.
import {
  closeHosts,
  commonHosts,
  describeUnagreed,
  isAgreedHost,
  listCredentialHosts,
} from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import type { Auth, Connector } from '@weftline/connectors/types';
import { CodedError } from '../platform/errors.ts';
import type { AppLevel, OpenConnection } from './types.ts';

/** Null: nobody keeps a list. */
export type AgreedHosts = readonly string[] | null;

/** Details of `hosts_not_agreed`; `sent` and `reason` as the way out tells them. */
export type UnagreedDetails = { sent: 'no'; reason: 'agreement'; hosts: string[] };

export const hostsNotAgreed = (connector: Connector, hosts: string[]): CodedError =>
  new CodedError({
    code: 'hosts_not_agreed',
    message: describeUnagreed(connector.app.name, hosts),
    details: { sent: 'no', reason: 'agreement', hosts } satisfies UnagreedDetails,
  });

/**
 * The hosts that a connection may be used with, narrowed to those that what it takes from its app may be sent to.
 * @param agreed closed entries of the connection itself; nothing where nobody keeps a list for it
 */
export function limitToApp<Agreed extends readonly string[] | null | undefined>(
  agreed: Agreed,
  appLevel: AppLevel | undefined,
  config: JsonObject,
): Agreed | string[] {
  if (appLevel === undefined) return agreed;
  const hosts = closeHosts(appLevel.hosts, config);
  return agreed === null || agreed === undefined ? hosts : commonHosts(agreed, hosts);
}

/** The hosts that a connection may be used with; a connection that is not bound yet is bound to those of this connector first. */
export async function agreedHostsOf(
  connector: Connector,
  auth: Auth,
  connection: OpenConnection,
): Promise<AgreedHosts> {
  const { credentialHosts, bindHosts, config } = connection;
  if (credentialHosts === undefined) return limitToApp(null, connection.appLevel, config);
  const agreed =
    credentialHosts.length > 0 || bindHosts === undefined
      ? credentialHosts
      : await bindHosts(listCredentialHosts(connector, auth, config));
  return limitToApp(closeHosts(agreed, config), connection.appLevel, config);
}

/** Call it before anything is sent. @throws CodedError `hosts_not_agreed` with the host */
export function assertAgreed(connector: Connector, agreed: AgreedHosts | undefined, url: string): void {
  if (!agreed) return;
  const { host } = new URL(url);
  if (!isAgreedHost(agreed, host)) throw hostsNotAgreed(connector, [host]);
}

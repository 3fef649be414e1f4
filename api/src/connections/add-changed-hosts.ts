import { closeHosts, isAllAgreed, listCredentialHosts } from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import type { Auth, Connector } from '@weftline/connectors/types';
import type { ConnectionRow } from './find-connection.ts';

/**
 * The agreed hosts of a connection whose settings a person changes: besides the former ones those that the new settings make. Where the
 * newest version of the app has hosts that nobody agreed to, a changed setting agrees to nothing: the test will ask.
 */
export function addChangedHosts(
  connector: Connector,
  auth: Auth,
  { credentialHosts, config: before }: Pick<ConnectionRow, 'credentialHosts' | 'config'>,
  config: JsonObject,
): string[] {
  const former = [...credentialHosts, ...closeHosts(credentialHosts, before as JsonObject)];
  if (!isAllAgreed(former, listCredentialHosts(connector, auth, before as JsonObject)))
    return credentialHosts;
  return [...new Set([...credentialHosts, ...listCredentialHosts(connector, auth, config)])];
}

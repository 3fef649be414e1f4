// Gives the tokens of a connection back to the service (RFC 7009).
import * as oauth from 'oauth4webapi';
import { describeProvider } from './describe-provider.ts';
import type { ProviderInput } from './describe-provider.ts';

/**
 * Revokes the refresh token, else the access token; with the first every service ends the second too.
 * @returns false when the connector knows no address for it or there is no token
 * @throws CodedError `remote_unreachable`, `blocked_address` when the service was not reached
 */
export const revokeOauth = async (given: ProviderInput): Promise<boolean> => {
  const token = given.credentials['refreshToken'] ?? given.credentials['accessToken'] ?? '';
  if (token === '') return false;
  const { settings, server, client, clientAuth, optionsFor } = describeProvider(given);
  if (settings.revokeUrl === undefined) return false;
  const response = await oauth.revocationRequest(server, client, clientAuth, token, optionsFor());
  await response.body?.cancel();
  return response.ok;
};

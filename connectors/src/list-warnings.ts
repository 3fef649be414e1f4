/** What is allowed but worth a second look; shown to authors, never a reason to refuse. */
import { pointer, problem, quote, type Problem } from './problem.ts';
import { readAddress } from './rules/read-address.ts';
import type { Connector } from './types.ts';

/**
 * @param connector one without problems
 * @returns names of hosts that can be mistaken for others, and sign-in and token addresses on different hosts
 */
export function listWarnings(connector: Connector): Problem[] {
  const found: Problem[] = [];
  const addresses: [string, string][] = [
    ...(connector.baseUrl === undefined ? [] : [['/baseUrl', connector.baseUrl] as [string, string]]),
    ...Object.entries(connector.servers ?? {}).map(([name, url]): [string, string] => [
      pointer('/servers', name),
      url,
    ]),
  ];
  connector.auth.forEach((auth, index) => {
    if (!auth.oauth2) return;
    const path = pointer('/auth', index, 'oauth2');
    for (const name of ['authorizationUrl', 'tokenUrl', 'refreshUrl', 'revokeUrl'] as const) {
      const url = auth.oauth2[name];
      if (url !== undefined) addresses.push([`${path}/${name}`, url]);
    }
    if (auth.oauth2.authorizationUrl === undefined) return;
    const signIn = readAddress(auth.oauth2.authorizationUrl);
    const token = readAddress(auth.oauth2.tokenUrl);
    if (signIn.kind === 'fixed' && token.kind === 'fixed' && signIn.hostname !== token.hostname) {
      found.push(
        problem(
          `${path}/tokenUrl`,
          'different_hosts',
          `People sign in at ${quote(signIn.hostname)}, but tokens are fetched from ${quote(token.hostname)}; make sure that both belong to the service.`,
        ),
      );
    }
  });
  for (const [path, url] of addresses) {
    const address = readAddress(url);
    if (address.kind === 'fixed' && address.hostname.split('.').some((label) => label.startsWith('xn--'))) {
      found.push(
        problem(
          path,
          'foreign_letters',
          `The host of ${quote(url)} has letters outside ASCII and is called as ${quote(address.hostname)}; make sure that it is the one you mean.`,
        ),
      );
    }
  }
  return found;
}

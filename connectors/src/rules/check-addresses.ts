/** Addresses go to hosts that the connector declares, over http or https, and no value can lead them elsewhere. */
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Connector } from '../types.ts';
import { checkHostHole } from './check-host-hole.ts';
import { allowsHost, isForbiddenHost, isLoopback, ownHosts } from './hosts.ts';
import { listRequests, type PlacedRequest, type Rule } from './list-requests.ts';
import { readAddress, type Address } from './read-address.ts';

export const checkAddresses: Rule = (connector) => {
  const found: Problem[] = [];
  if (connector.baseUrl !== undefined) found.push(...checkBase(connector, connector.baseUrl, '/baseUrl'));
  for (const [name, url] of Object.entries(connector.servers ?? {}))
    found.push(...checkBase(connector, url, pointer('/servers', name)));
  connector.auth.forEach((auth, index) => {
    for (const name of ['authorizationUrl', 'tokenUrl', 'refreshUrl', 'revokeUrl'] as const) {
      const url = auth.oauth2?.[name];
      if (url !== undefined)
        found.push(...checkBase(connector, url, pointer('/auth', index, 'oauth2', name), true));
    }
  });
  for (const placed of listRequests(connector)) found.push(...checkEndpoint(connector, placed));
  return [...found, ...checkAllowedHosts(connector), ...checkQueryCredentials(connector)];
};

function checkBase(connector: Connector, url: string, path: string, isOauth = false): Problem[] {
  const address = readAddress(url);
  if (address.kind === 'wrong')
    return address.code === 'invalid_expression' ? [] : [problem(path, address.code, address.message)];
  if (address.kind === 'path')
    return [
      problem(path, 'bad_address', 'This must be a whole address, such as "https://api.example.com/v1".'),
    ];
  const found = checkHost(connector, address, path);
  if (address.rest.includes('?') && !isOauth)
    found.push(
      problem(
        path,
        'bad_address',
        'A base address must not contain "?"; put parameters into defaults.queryTemplate.',
      ),
    );
  if (
    !isOauth &&
    address.kind === 'fixed' &&
    connector.allowedHosts &&
    !connector.allowedHosts.some((entry) => allowsHost(entry, address.host))
  ) {
    found.push(
      problem(path, 'host_not_allowed', `${quote(address.host)} is not in allowedHosts; add it there.`),
    );
  }
  return found;
}

function checkHost(connector: Connector, address: Address, path: string): Problem[] {
  if (address.kind === 'fixed' && isForbiddenHost(address.hostname)) {
    return [
      problem(
        path,
        'forbidden_host',
        `${quote(address.hostname)} is an address inside networks that no connector may call.`,
      ),
    ];
  }
  if (address.kind === 'templated')
    return address.holes.flatMap((hole) => checkHostHole(connector, hole, 'host', path));
  if (address.kind === 'free') return checkHostHole(connector, address.hole, 'address', path);
  return [];
}

function checkEndpoint(connector: Connector, { request, path: at }: PlacedRequest): Problem[] {
  const path = `${at}/endpointTemplate`;
  // Nothing at all is the base address itself, without a slash behind it.
  const address: Address =
    request.endpointTemplate === '' ? { kind: 'path', rest: '' } : readAddress(request.endpointTemplate);
  if (address.kind === 'wrong')
    return address.code === 'invalid_expression' ? [] : [problem(path, address.code, address.message)];
  const found: Problem[] = [];
  if (address.rest.includes('?'))
    found.push(problem(path, 'bad_address', 'Put the parameters behind "?" into queryTemplate.'));
  if (address.kind === 'path') {
    if (connector.baseUrl === undefined && request.server === undefined) {
      found.push(problem('/baseUrl', 'missing_key', `"baseUrl" is missing; ${at} needs it.`));
    }
    return found;
  }
  if (address.kind === 'free') {
    // Where the whole address is a value, the run-time check against allowedHosts is the wall; it must have been thought of.
    if (!connector.allowedHosts)
      found.push(
        problem(
          path,
          'host_not_allowed',
          'An address that comes whole from a value needs allowedHosts at the root of the connector.',
        ),
      );
    return found;
  }
  found.push(...checkHost(connector, address, path));
  const { hosts } = ownHosts(connector);
  const allowed = connector.allowedHosts ?? hosts;
  if (address.kind === 'fixed' && !allowed.some((entry) => allowsHost(entry, address.host))) {
    found.push(
      problem(
        path,
        'host_not_allowed',
        `${quote(address.host)} is not a host of this connector; add it to allowedHosts or to servers.`,
      ),
    );
  }
  return found;
}

function checkAllowedHosts(connector: Connector): Problem[] {
  const entries = connector.allowedHosts ?? [];
  const found = entries.flatMap((entry, index) =>
    isForbiddenHost(entry.replace(/:\d+$/, ''))
      ? [
          problem(
            pointer('/allowedHosts', index),
            'forbidden_host',
            `${quote(entry)} is an address inside networks that no connector may call.`,
          ),
        ]
      : [],
  );
  const settings = (connector.connectionSchema?.['properties'] ?? {}) as { [name: string]: unknown };
  if (
    entries.includes('*') &&
    connector.auth.some(({ type }) => type !== 'NONE') &&
    !Object.hasOwn(settings, 'hosts')
  ) {
    found.push(
      problem(
        '/connectionSchema',
        'missing_key',
        'With "*" in allowedHosts credentials go only to the hosts a connection names; declare the setting "hosts" (a list of texts) in connectionSchema.',
      ),
    );
  }
  return found;
}

/** A key in the address of a plain http request can be read by everybody on the way, and stands in every log. */
function checkQueryCredentials(connector: Connector): Problem[] {
  const base = connector.baseUrl === undefined ? null : readAddress(connector.baseUrl);
  if (base?.kind !== 'fixed' || base.protocol !== 'http:' || isLoopback(base.hostname)) return [];
  return connector.auth.flatMap((auth, index) =>
    (auth.apply ?? []).flatMap((placement, at) =>
      placement.in === 'query' || placement.in === 'path'
        ? [
            problem(
              pointer('/auth', index, 'apply', at),
              'secret_in_clear',
              'A credential in the address needs https://; change baseUrl.',
            ),
          ]
        : [],
    ),
  );
}

/** Where a connector sends the credentials of a connection, and whether somebody agreed to that. Pure; runs in the browser too. */
import { fillAddress } from './expression/fill-address.ts';
import { listPaths } from './expression/list-paths.ts';
import { parseTemplate } from './expression/parse-template.ts';
import type { JsonObject } from './json.ts';
import { allowsHost } from './rules/hosts.ts';
import { readAddress } from './rules/read-address.ts';
import { listRequests, sessionPhases } from './rules/list-requests.ts';
import { placementsOf } from './schemas/fixed-credentials.ts';
import { namedAuth } from './schemas/other-auth.ts';
import type { Auth, Connector } from './types.ts';

/** True for an entry that becomes a host only with a setting that is learned while signing in or testing. */
const isOpen = (entry: string): boolean => entry.includes('{{');

/** Scheme and host of an address template; the rest of it says nothing about where it leads. */
function originOf(source: string): string {
  let origin = '';
  for (const part of parseTemplate(source).parts) {
    if (typeof part !== 'string') {
      origin += `{{${part.source.trim()}}}`;
      continue;
    }
    const scheme = /^https?:\/\//.exec(origin === '' ? part : '')?.[0] ?? '';
    const end = part.slice(scheme.length).search(/[/?]/);
    if (end !== -1) return origin + part.slice(0, scheme.length + end);
    origin += part;
  }
  return origin;
}

function fillHost(source: string, config: JsonObject): string | null {
  try {
    return URL.parse(fillAddress(source, { connection: config }))?.host ?? null;
  } catch {
    return null; // a setting is missing or does not fit: no call can be made with it either
  }
}

/** The host of an address, or its origin as a template while the app has yet to learn a setting that decides about it. */
function hostOf(source: string, auth: Auth, config: JsonObject): string {
  const address = readAddress(source);
  if (address.kind === 'fixed') return address.host;
  const learned = (auth.capture ?? []).map(({ name }) => name).filter((name) => !Object.hasOwn(config, name));
  const origin = originOf(source);
  const isUnlearned = listPaths(parseTemplate(origin)).some(
    ({ root, path }) => root === 'connection' && learned.includes(String(path[0] ?? '')),
  );
  return (isUnlearned ? null : fillHost(source, config)) ?? origin;
}

/** The addresses of a sign-in or login, which get credentials whatever else the app calls. */
function listSignInAddresses({ baseUrl, servers }: Connector, auth: Auth): string[] {
  const { oauth2, signing, session } = auth;
  const logins = sessionPhases
    .flatMap((phase) => session?.[phase] ?? [])
    .map(({ endpointTemplate, server }) =>
      readAddress(endpointTemplate).kind === 'path'
        ? server === undefined
          ? baseUrl
          : servers?.[server]
        : endpointTemplate,
    );
  return [
    oauth2?.tokenUrl,
    oauth2?.refreshUrl,
    oauth2?.revokeUrl,
    oauth2?.deviceAuthorizationUrl,
    signing?.requestTokenUrl,
    signing?.accessTokenUrl,
    ...logins,
  ].filter((address) => address !== undefined);
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/**
 * Every host that may be sent credentials: the app's hosts with the connection's settings filled in, and those of the
 * addresses that sign in, log in, renew and revoke, for this way to sign in and for those that requests name. Where the app may call any
 * host (`*`), the connection's own `hosts`.
 * @returns entries as in `allowedHosts`, each once; where a setting is still to be learned, `https://{{connection.x}}.example`
 */
export function listCredentialHosts(connector: Connector, auth: Auth, config: JsonObject): string[] {
  if (auth.type === 'NONE' && placementsOf(auth).length === 0) return [];
  const { allowedHosts, baseUrl, servers } = connector;
  const own =
    allowedHosts === undefined
      ? [baseUrl, ...Object.values(servers ?? {})].filter((address) => address !== undefined)
      : [];
  const declared = allowedHosts?.includes('*')
    ? [...allowedHosts, ...textsOf(config['hosts'])]
    : (allowedHosts ?? []);
  const named = new Set(listRequests(connector).map(({ request }) => namedAuth(request)));
  const also = connector.auth.filter((other) => named.has(other.key) && other.key !== auth.key);
  const addresses = [
    ...own,
    ...[auth, ...also].flatMap((signedIn) => listSignInAddresses(connector, signedIn)),
  ];
  const hosts = [...declared, ...addresses.map((address) => hostOf(address, auth, config))];
  return [...new Set(hosts.map((host) => (isOpen(host) ? host : host.toLowerCase())))].filter(
    (host) => host !== '*' && host !== '',
  );
}

/** Agreed entries with what was learned meanwhile filled in; what is still open stays as it is. */
export const closeHosts = (agreed: readonly string[], config: JsonObject): string[] => [
  ...new Set(agreed.map((entry) => (isOpen(entry) ? (fillHost(entry, config) ?? entry) : entry))),
];

/** True when one of the entries allows the host (with its port, where it has one). */
export const isAgreedHost = (agreed: readonly string[], host: string): boolean =>
  agreed.some((entry) => entry !== '*' && allowsHost(entry, host));

/** The declared entries that no agreed one covers. What is still open is not among them: nothing can be sent there yet. */
export const listUnagreedHosts = (agreed: readonly string[], declared: readonly string[]): string[] =>
  declared.filter((entry) => !isOpen(entry) && !isAgreedHost(agreed, entry));

/** True when all that is declared is agreed to, what is still open word for word. */
export const isAllAgreed = (agreed: readonly string[], declared: readonly string[]): boolean =>
  declared.every((entry) => (isOpen(entry) ? agreed.includes(entry) : isAgreedHost(agreed, entry)));

/** What two lists of closed entries both allow: of two that overlap, the narrower. */
export const commonHosts = (left: readonly string[], right: readonly string[]): string[] => [
  ...new Set([
    ...left.filter((entry) => isAgreedHost(right, entry)),
    ...right.filter((entry) => isAgreedHost(left, entry)),
  ]),
];

/**
 * Where what is set once for an app may go by itself: the hosts that the app names, and those below a name of the app's own that a
 * connection's setting completes (`https://{{connection.shop}}.example.com`). A host that a setting decides alone is not among them.
 */
export function listAppHosts(connector: Connector, auth: Auth): string[] {
  return listCredentialHosts(connector, auth, {}).filter(
    (entry) => !isOpen(entry) || /\}\}\.[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/i.test(entry),
  );
}

/** The sentence for people, the same wherever it is said. Input: the app's name and one host or more. */
export function describeUnagreed(appName: string, hosts: readonly string[]): string {
  const names =
    hosts.length > 1 ? `${hosts.slice(0, -1).join(', ')} and ${hosts.at(-1)}` : (hosts[0] ?? 'a host');
  return `This version of ${appName} sends credentials to ${names}, which ${hosts.length > 1 ? 'were' : 'was'} not agreed to. Test the connection again to agree.`;
}

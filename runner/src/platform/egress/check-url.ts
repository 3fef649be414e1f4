// Step one of every hop: may this URL be called at all, as far as its text can tell?
import { isAddress, isPublicAddress } from './classify-address.ts';
import { deniedPorts } from './denied-ports.ts';
import { egressError } from './egress-error.ts';

export type CheckedUrl = {
  /** Scheme, host (without trailing dot) and port as undici wants them. */
  origin: string;
  /** Host without brackets. */
  host: string;
  port: number;
  isSecure: boolean;
  /** Path and query as they go on the wire. */
  path: string;
  /** True if the operator lists this host:port. */
  isAllowed: boolean;
  /** The host as the caller wrote it; the only form that may appear in messages. */
  shownHost: string;
  href: string;
};

const privateSuffixes = [
  'localhost',
  'local',
  'internal',
  'home.arpa',
  'localdomain',
  'svc',
  'cluster.local',
  'lan',
  'intranet',
  'corp',
  'home',
  'private',
];

const namePattern = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/;

/** The host as written in `text`, shortened and without userinfo or control characters: fit for an error message. */
export const showHost = (text: string): string => {
  const authority = /^[^:/?#]*:?[/\\]*([^/\\?#]*)/.exec(text)?.[1] ?? '';
  return authority
    .slice(authority.lastIndexOf('@') + 1)
    .replace(/\p{Cc}/gu, '')
    .slice(0, 100);
};

/**
 * Reads the operator's list.
 * @param entries exact `host:port`, for IPv6 `[::1]:8080`
 * @throws CodedError `invalid_input` for an entry without a port
 */
export const readAllowList = (entries: readonly string[]): ReadonlySet<string> => {
  const allowed = new Set<string>();
  for (const entry of entries) {
    const trimmed = entry.trim().toLowerCase();
    if (trimmed === '') continue;
    const match = /^(\[[0-9a-f:.]+\]|[^:/@\s]+):(\d{1,5})$/.exec(trimmed);
    if (match === null || !URL.canParse(`http://${trimmed}/`))
      throw egressError(
        'invalid_input',
        'url',
        'no',
        `EGRESS_ALLOW holds "${entry}", which is not host:port.`,
      );
    allowed.add(`${new URL(`http://${match[1]}/`).hostname}:${Number(match[2])}`);
  }
  return allowed;
};

const isPrivateName = (host: string): boolean =>
  privateSuffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));

/**
 * Parses and judges a URL before anything is resolved or connected.
 * @throws CodedError `blocked_address` (the host as given, never an address it leads to)
 */
export const checkUrl = (text: string, allow: ReadonlySet<string>): CheckedUrl => {
  const shownHost = showHost(text);
  const refuse = (reason: 'address' | 'port' | 'url', why: string) =>
    egressError('blocked_address', reason, 'no', `"${shownHost}" may not be called: ${why}.`);

  const url = URL.parse(text);
  if (url === null) throw refuse('url', 'the address cannot be read');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('url', 'only http and https are');
  if (url.username !== '' || url.password !== '') throw refuse('url', 'the address holds a user name');

  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const isAllowed = allow.has(`${url.hostname}:${port}`);
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname.replace(/\.$/, '');
  const checked = {
    origin: `${url.protocol}//${host.includes(':') ? `[${host}]` : host}${url.port === '' ? '' : `:${url.port}`}`,
    host,
    port,
    isSecure,
    path: url.pathname + url.search,
    isAllowed,
    shownHost,
    href: url.href,
  };
  if (isAllowed) return checked;

  if (isAddress(host)) {
    if (!isPublicAddress(host)) throw refuse('address', 'it is not a public address');
  } else {
    if (host.length > 253 || !namePattern.test(host)) throw refuse('address', 'it is not a public host name');
    if (isPrivateName(host)) throw refuse('address', 'names of this kind are private');
  }
  if (port === 0 || deniedPorts.has(port)) throw refuse('port', `port ${port} is not for web services`);
  return checked;
};

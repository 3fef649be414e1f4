// The only road out of the product. Every hop, page and retry comes through `request` and is judged from the start.
import { readPieces } from './body-stream.ts';
import type { Body, RawHeaders, Receive } from './body-stream.ts';
import { checkUrl, readAllowList } from './check-url.ts';
import type { CheckedUrl } from './check-url.ts';
import { egressError, readEgressDetails } from './egress-error.ts';
import type { Sent } from './egress-error.ts';
import type { Connect } from './guard-connector.ts';
import { inflateBody } from './inflate-body.ts';
import { keepPools } from './keep-pools.ts';
import { isRedirect, nextHop } from './next-hop.ts';
import type { CredentialPlaces, Hop } from './next-hop.ts';
import { createResolveHost } from './resolve-host.ts';
import type { ResolveHost } from './resolve-host.ts';
import { sendOnce } from './send-once.ts';
import type { RawResponse } from './send-once.ts';
import { CodedError } from '../errors.ts';

export type EgressRequest = {
  tenantId: string;
  method: string;
  url: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: Body;
  /** Headers that only some addresses get; asked for each hop, names in lower case. */
  headersFor?: ((url: URL) => Record<string, string>) | undefined;
  /** Takes a large answer in pieces; the body of the answer is then empty. */
  receive?: Receive | undefined;
  /** Where this call carries credentials; null or absent: it carries none. */
  credentials?: CredentialPlaces | null;
  followRedirects?: boolean;
  /** Asked for each redirect target, after our own rules. */
  mayFollow?: (target: URL) => boolean;
  /** For everything together, redirects included. Default 30,000. */
  timeoutMs?: number;
  maxResponseBytes?: number;
  /** Until the request can be written, for each hop; at most the one of the process. */
  connectTimeoutMs?: number;
  /** Aborting closes the socket. */
  signal?: AbortSignal | undefined;
};

export type EgressResponse = {
  status: number;
  /** Lower-case names; several lines of one header are joined by `, `, of `set-cookie` by a line feed. */
  headers: Record<string, string>;
  body: Buffer;
  /** The address that answered in the end. */
  url: string;
  redirects: number;
};

export type EgressCaps = {
  maxHeaderBytes: number;
  maxBodyBytes: number;
  idleTimeoutMs: number;
  connectTimeoutMs: number;
  maxRedirects: number;
  socketsPerOrigin: number;
  socketsPerAllowedOrigin: number;
  keepAliveMs: number;
  maxPools: number;
};

export type EgressOptions = {
  /** Exact `host:port` entries that may be private (EGRESS_ALLOW). */
  allow: readonly string[];
  resolve?: ResolveHost;
  caps?: Partial<EgressCaps>;
  /** Addresses of our own services, refused although they may be public. */
  deniedAddresses?: readonly string[];
  /** For tests that record connection attempts. */
  buildConnect?: () => Connect;
};

export type Egress = {
  request: (request: EgressRequest) => Promise<EgressResponse>;
  /** Judges an address without calling it. @throws CodedError `blocked_address` */
  check: (url: string) => void;
  close: () => Promise<void>;
};

const defaultCaps: EgressCaps = {
  maxHeaderBytes: 16 * 1024,
  maxBodyBytes: 10 * 1024 * 1024,
  idleTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  maxRedirects: 5,
  socketsPerOrigin: 8,
  socketsPerAllowedOrigin: 256,
  keepAliveMs: 4_000,
  maxPools: 2_000,
};

const joinHeaders = (raw: RawHeaders): Record<string, string> => {
  const headers = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(raw)) {
    const value = raw[name];
    headers[name] = Array.isArray(value) ? value.join(name === 'set-cookie' ? '\n' : ', ') : (value ?? '');
  }
  return headers;
};

const hasCredentials = (places: CredentialPlaces | null): boolean =>
  places !== null && (places.headers.length > 0 || places.query.length > 0 || places.inBody);

/**
 * Makes the way out of one process.
 * @throws CodedError `invalid_input` for an allow entry that is not host:port
 */
export const createEgress = (options: EgressOptions): Egress => {
  const caps = { ...defaultCaps, ...options.caps };
  const allow = readAllowList(options.allow);
  const pools = keepPools({
    ...caps,
    resolve: options.resolve ?? createResolveHost(),
    deniedAddresses: new Set(options.deniedAddresses),
    ...(options.buildConnect === undefined ? {} : { buildConnect: options.buildConnect }),
  });
  const isAllowed = (url: URL): boolean =>
    allow.has(`${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port}`);

  const judge = (hop: Hop): CheckedUrl => {
    const url = checkUrl(hop.url, allow);
    if (!url.isSecure && !url.isAllowed && hasCredentials(hop.credentials))
      throw egressError(
        'blocked_address',
        'plain_http',
        'no',
        `"${url.shownHost}" may not be called over plain http with credentials: use https.`,
      );
    return url;
  };

  const finish = async (
    url: CheckedUrl,
    raw: RawResponse,
    maxBytes: number,
    redirects: number,
    receive: Receive | undefined,
  ): Promise<EgressResponse> => {
    const headers = joinHeaders(raw.headers);
    if (raw.stream !== undefined) {
      const most = receive?.mostBytes(raw) ?? maxBytes;
      const pieces = readPieces(raw.stream, headers['content-encoding'] ?? '', url.shownHost, most);
      try {
        await receive?.take({ status: raw.status, headers, url: url.href }, pieces);
      } finally {
        raw.stream.destroy();
      }
      return { status: raw.status, headers, body: raw.body, url: url.href, redirects };
    }
    const body = await inflateBody(raw.body, headers['content-encoding'] ?? '', url.shownHost, maxBytes);
    return { status: raw.status, headers, body, url: url.href, redirects };
  };

  return {
    check: (url) => void checkUrl(url, allow),
    close: () => pools.close(),
    async request(request) {
      const maxBytes = Math.min(request.maxResponseBytes ?? caps.maxBodyBytes, caps.maxBodyBytes);
      const timeoutMs = request.timeoutMs ?? 30_000;
      const endsAt = performance.now() + timeoutMs;
      let hop: Hop = {
        url: request.url,
        method: request.method.toUpperCase(),
        headers: { 'accept-encoding': 'gzip, br', ...request.headers },
        body: request.body ?? null,
        credentials: request.credentials ?? null,
      };
      for (let redirects = 0; ; redirects += 1) {
        try {
          const url = judge(hop);
          const raw = await sendOnce(pools.find(request.tenantId, url), {
            url,
            method: hop.method,
            headers:
              request.headersFor === undefined
                ? hop.headers
                : { ...hop.headers, ...request.headersFor(new URL(hop.url)) },
            body: hop.body,
            timeoutMs: redirects === 0 ? timeoutMs : Math.max(1, endsAt - performance.now()),
            connectTimeoutMs: request.connectTimeoutMs,
            idleTimeoutMs: caps.idleTimeoutMs,
            maxBytes,
            signal: request.signal,
            ...(request.receive === undefined
              ? {}
              : { wantsPieces: (answer) => request.receive?.mostBytes(answer) !== undefined }),
          });
          if (request.followRedirects !== true || !isRedirect(raw))
            return await finish(url, raw, maxBytes, redirects, request.receive);
          if (redirects >= caps.maxRedirects)
            throw egressError(
              'remote_refused',
              'redirect',
              'answered',
              `"${url.shownHost}" redirects more than ${caps.maxRedirects} times.`,
            );
          hop = nextHop(hop, raw, isAllowed);
          if (request.mayFollow?.(new URL(hop.url)) === false)
            throw egressError(
              'blocked_address',
              'redirect',
              'answered',
              `The redirect to "${new URL(hop.url).host}" was not followed: the app does not list that host.`,
            );
        } catch (error) {
          throw redirects === 0 ? error : afterRedirect(error);
        }
      }
    },
  };
};

/** Once a first address has answered, "nothing was sent" is no longer true. */
const afterRedirect = (error: unknown): unknown => {
  const details = readEgressDetails(error);
  if (!(error instanceof CodedError) || details?.sent !== 'no') return error;
  const sent: Sent = 'answered';
  return egressError(error.code, details.reason, sent, error.message, error);
};

// Plays the SSRF corpus against a real egress. The verdict comes from what was connected to, never from error texts.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { createEgress } from '../src/platform/egress/create-egress.ts';
import type { Egress } from '../src/platform/egress/create-egress.ts';
import { readEgressDetails } from '../src/platform/egress/egress-error.ts';
import type { Connect } from '../src/platform/egress/guard-connector.ts';

export type SsrfCase = {
  id: string;
  class: string;
  url: string;
  expect: 'block' | 'allow' | 'either' | 'encode_or_block' | 'resolve_then_check';
  resolver?: string[];
  resolver_sequence?: string[][];
  redirect?: { status: number; location: string };
  via?: string;
  data?: string;
  note?: string;
};

/** One connection that was opened (or, without a network namespace of our own, attempted). */
export type Contact = { address: string; port: number };

export type Verdict = { id: string; class: string; ok: boolean; why: string };

export const publicAddress = '93.184.215.14';
const ownDatabase = '93.184.215.99';

export const readCases = (): SsrfCase[] =>
  (
    JSON.parse(readFileSync(new URL('../fixtures/corpora/ssrf.json', import.meta.url), 'utf8')) as {
      cases: SsrfCase[];
    }
  ).cases;

/** Every port that a case could make us connect to. */
export const corpusPorts = (cases: readonly SsrfCase[]): number[] => {
  const ports = new Set([80, 443]);
  for (const { url, redirect } of cases)
    for (const text of [url, redirect?.location ?? '', `${redirect?.location ?? ''}`.split(' ')[0] ?? '']) {
      const parsed = URL.parse(text);
      if (parsed !== null && parsed.port !== '') ports.add(Number(parsed.port));
    }
  return [...ports];
};

/** What the server behind the public address answers in a case. */
export const answerFor = ({ redirect, via }: SsrfCase): string => {
  const body =
    via === 'Alt-Svc header' ? '' : '<meta http-equiv="refresh" content="0;url=http://127.0.0.1/">';
  const head = (status: string, extra: string) =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n${extra}\r\n${body}`;
  if (via === 'Alt-Svc header') return head('200 OK', 'alt-svc: h2="127.0.0.1:443"; ma=3600\r\n');
  if (redirect === undefined) return head('200 OK', '');
  if (redirect.location.startsWith('<meta')) return head('200 OK', '');
  if (redirect.location.startsWith('Refresh')) return head('200 OK', `${redirect.location}\r\n`);
  if (redirect.location.startsWith('(two'))
    return head(
      `${redirect.status} Moved`,
      'location: http://good.example.net/\r\nlocation: http://127.0.0.1/\r\n',
    );
  return head(`${redirect.status} Moved`, `location: ${redirect.location.split(' (')[0]}\r\n`);
};

/** A server of plain text that gives every caller the answer of the case being played, and reports the contact. */
export const startAnswering = (
  port: number,
  host: string | undefined,
  current: () => string,
  report: (contact: Contact) => void,
): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      report({ address: socket.localAddress ?? '', port: socket.localPort ?? 0 });
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(current()));
    });
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? { host: '::', ipv6Only: false } : { host }) }, () =>
      resolve(server),
    );
  });

/** A connector that records where it was told to go and goes to a loopback server instead. */
export const recordingConnect =
  (build: () => Connect, loopbackPort: number, report: (contact: Contact) => void) => (): Connect => {
    const connect = build();
    return (options, callback) => {
      const address = options.hostname;
      report({
        address,
        port: Number(options.port === '' ? (options.protocol === 'https:' ? 443 : 80) : options.port),
      });
      const target = { ...options, hostname: '127.0.0.1', port: String(loopbackPort) };
      const socket = connect(target, callback) as unknown as object | undefined;
      if (socket !== undefined) Object.defineProperty(socket, 'remoteAddress', { value: address });
      return socket;
    };
  };

const expand = (answers: readonly string[]): string[] =>
  answers.flatMap((answer) => {
    const repeated = /^(\S+) x (\d+)$/.exec(answer);
    if (repeated !== null) return Array<string>(Number(repeated[2])).fill(repeated[1] ?? '');
    return answer.startsWith('(address of our') ? [ownDatabase] : [answer];
  });

const resolverOf = (item: SsrfCase): ((host: string) => Promise<string[]>) => {
  let asked = 0;
  return async (host) => {
    if (item.resolver_sequence !== undefined)
      return expand(item.resolver_sequence[Math.min(asked++, item.resolver_sequence.length - 1)] ?? []);
    return host === new URL(item.url).hostname.replace(/\.$/, '') && item.resolver !== undefined
      ? expand(item.resolver)
      : [publicAddress];
  };
};

const isOnlyPublic = (contacts: readonly Contact[]): boolean =>
  contacts.every(({ address }) => address === publicAddress || address === `::ffff:${publicAddress}`);

const call = async (egress: Egress, item: SsrfCase): Promise<unknown> => {
  const isDowngrade = item.redirect?.location.includes('downgraded') === true;
  try {
    await egress.request({
      tenantId: 't',
      method: 'GET',
      url: isDowngrade ? item.url.replace('http:', 'https:') : item.url,
      headers: {},
      followRedirects: true,
      timeoutMs: 2_000,
      ...(isDowngrade
        ? { credentials: { headers: ['authorization'], query: [], inBody: false, values: ['s'] } }
        : {}),
    });
    return null;
  } catch (error) {
    return error;
  }
};

/** Judges one case. `contacts` is emptied before and read after. */
export const judgeCase = async (
  item: SsrfCase,
  contacts: Contact[],
  buildConnect?: () => Connect,
): Promise<Verdict> => {
  contacts.length = 0;
  const egress = createEgress({
    allow: [],
    resolve: resolverOf(item),
    deniedAddresses: [ownDatabase],
    caps: { connectTimeoutMs: 1_000 },
    ...(buildConnect === undefined ? {} : { buildConnect }),
  });
  const url =
    item.via === 'Alt-Svc header' || item.via === 'Retry-After' ? 'http://alt.example.com/' : item.url;
  const played = { ...item, url };
  const first = await call(egress, played);
  // A second call on a new connection: rebinding and alternative services show only then.
  const second = await call(egress, played);
  await egress.close();
  const seen = contacts.map(({ address, port }) => `${address}:${port}`).join(' ');
  const judged = (ok: boolean, why: string): Verdict => ({
    id: item.id,
    class: item.class,
    ok,
    why: `${why} [${seen}]`,
  });

  if (first !== null && readEgressDetails(first) === undefined)
    return judged(false, `no stable code: ${String(first)}`);
  if (
    String((first as Error | null)?.message ?? '').includes(publicAddress) &&
    !item.url.includes(publicAddress)
  )
    return judged(false, 'the message names a resolved address');
  if (item.expect === 'allow' && item.redirect === undefined)
    return judged(contacts.length > 0, 'must go out');
  if (item.expect === 'allow')
    return judged(first === null && contacts.length === 2 && isOnlyPublic(contacts), 'no follow');
  if (item.expect === 'resolve_then_check' || item.expect === 'either')
    return judged(isOnlyPublic(contacts), 'public or not');
  if (item.via === 'Alt-Svc header' || item.via === 'Retry-After')
    return judged(isOnlyPublic(contacts), 'header ignored');
  if (item.class === 'rebinding')
    return judged(isOnlyPublic(contacts) && second !== null, 'pinned, then blocked');
  if (item.redirect !== undefined)
    return judged(first !== null && isOnlyPublic(contacts) && contacts.length <= 12, 'redirect not followed');
  return judged(first !== null && contacts.length === 0, 'nothing opened');
};

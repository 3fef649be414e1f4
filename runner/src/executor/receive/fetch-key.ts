// The public keys of a service, where it publishes them. Fetched over the one way out, from hosts of the app alone, and kept for a
// while: also a failure, so that calls with invented addresses cannot make us ask again and again.
import { allowsHost, isLoopback } from '@weftline/connectors/rules/hosts';
import type { Egress } from '../../platform/egress/create-egress.ts';
import { CodedError } from '../../platform/errors.ts';

/** `isStale`: what is kept did not fit; it is fetched anew unless that was done a moment ago. @throws KeyUnavailable */
export type FetchKey = (url: string, options?: { isStale?: boolean }) => Promise<string>;

export class KeyUnavailable extends Error {
  /** True for what may be better in a moment; false for addresses that will never do. */
  readonly mayReturn: boolean;
  constructor(mayReturn: boolean, options?: ErrorOptions) {
    super('The key of the sender could not be fetched.', options);
    this.name = 'KeyUnavailable';
    this.mayReturn = mayReturn;
  }
}

const keepMs = 10 * 60_000;
const keepFailureMs = 30_000;
const freshMs = 30_000;
const mostKept = 500;
const timeoutMs = 5_000;
const largestKey = 256 * 1024;

type Kept = { text: Promise<string>; atMs: number; untilMs: number };

/** Whose call it is, the way out, and which hosts are the app's. */
export type KeyAsker = {
  tenantId: string;
  egress: Egress;
  now: () => number;
  allowedHosts: readonly string[];
};

async function load({ egress, tenantId }: KeyAsker, url: string): Promise<string> {
  let answer;
  try {
    answer = await egress.request({
      tenantId,
      method: 'GET',
      url,
      headers: { accept: 'application/json, application/x-pem-file, */*;q=0.5' },
      followRedirects: false,
      timeoutMs,
      maxResponseBytes: largestKey,
    });
  } catch (cause) {
    throw new KeyUnavailable(!(cause instanceof CodedError && cause.code === 'blocked_address'), { cause });
  }
  if (answer.status !== 200) throw new KeyUnavailable(answer.status >= 500 || answer.status === 429);
  return answer.body.toString('utf8');
}

/** The keys that one process keeps. The answer makes the function of one call. */
export function keepKeys(): (asker: KeyAsker) => FetchKey {
  const kept = new Map<string, Kept>();
  return (asker) =>
    async (address, { isStale = false } = {}) => {
      const url = URL.parse(address);
      const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
      if (!url || !isSafe || url.username !== '' || url.password !== '') throw new KeyUnavailable(false);
      if (!asker.allowedHosts.some((entry) => entry !== '*' && allowsHost(entry, url.host)))
        throw new KeyUnavailable(false);
      const name = `${asker.tenantId} ${url.href}`;
      const known = kept.get(name);
      const at = asker.now();
      if (known && known.untilMs > at && !(isStale && at - known.atMs > freshMs)) return known.text;
      if (kept.size >= mostKept) kept.delete(kept.keys().next().value!);
      const entry: Kept = { text: load(asker, url.href), atMs: at, untilMs: at + keepMs };
      kept.set(name, entry);
      entry.text.catch(() => (entry.untilMs = at + keepFailureMs));
      return entry.text;
    };
}

/** For schemes and tests that fetch nothing. */
export const noKeys: FetchKey = () => Promise.reject(new KeyUnavailable(false));

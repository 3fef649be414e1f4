import type { Egress, EgressRequest } from '../../platform/egress/create-egress.ts';
import { egressError } from '../../platform/egress/egress-error.ts';
import { expect, test } from 'vitest';
import { keepKeys, KeyUnavailable } from './fetch-key.ts';

/** A way out that answers as a test says, and the addresses it was asked for. */
function wayOut(answer: (url: string) => { status: number; body: string } | Error) {
  const asked: EgressRequest[] = [];
  const egress = {
    request: async (request: EgressRequest) => {
      asked.push(request);
      const given = answer(request.url);
      if (given instanceof Error) throw given;
      return {
        status: given.status,
        headers: {},
        body: Buffer.from(given.body),
        url: request.url,
        redirects: 0,
      };
    },
  } as unknown as Egress;
  let at = 1_000_000;
  return { asked, egress, now: () => at, wait: (ms: number) => (at += ms) };
}
const url = 'https://keys.example/jwks';
const allowedHosts = ['keys.example', '*.cloud.example'];

test('a key is fetched once from a host of the app, without following anywhere, and kept for ten minutes', async () => {
  const out = wayOut(() => ({ status: 200, body: 'pem' }));
  const keys = keepKeys();
  const fetchKey = keys({ ...out, tenantId: 'a', allowedHosts });
  expect(await Promise.all([fetchKey(url), fetchKey(url)])).toEqual(['pem', 'pem']);
  out.wait(9 * 60_000);
  expect(await fetchKey(url)).toBe('pem');
  expect(out.asked).toHaveLength(1);
  expect(out.asked[0]).toMatchObject({ method: 'GET', followRedirects: false, timeoutMs: 5_000 });
  out.wait(2 * 60_000);
  await fetchKey(url);
  expect(out.asked).toHaveLength(2);
  // Another workspace has its own.
  await keys({ ...out, tenantId: 'b', allowedHosts })(url);
  expect(out.asked).toHaveLength(3);
});

test('a key that did not fit is fetched anew, but not again and again', async () => {
  const out = wayOut(() => ({ status: 200, body: 'pem' }));
  const fetchKey = keepKeys()({ ...out, tenantId: 'a', allowedHosts });
  await fetchKey(url);
  await fetchKey(url, { isStale: true });
  expect(out.asked).toHaveLength(1);
  out.wait(31_000);
  await fetchKey(url, { isStale: true });
  await fetchKey(url, { isStale: true });
  expect(out.asked).toHaveLength(2);
});

test.each([
  ['another host', 'https://evil.example/key'],
  ['a host that only looks like it', 'https://keys.example.evil.example/key'],
  ['plain HTTP', 'http://keys.example/key'],
  ['a user name in it', 'https://user@keys.example/key'],
  ['another scheme', 'file:///etc/passwd'],
  ['no address', 'keys.example/key'],
])('an address is not asked: %s', async (_title, address) => {
  const out = wayOut(() => ({ status: 200, body: 'pem' }));
  const fetchKey = keepKeys()({ ...out, tenantId: 'a', allowedHosts: [...allowedHosts, '*'] });
  await expect(fetchKey(address)).rejects.toMatchObject({ mayReturn: false });
  expect(out.asked).toHaveLength(0);
});

test('a failure is kept for half a minute, and says whether it may be better later', async () => {
  const busy = wayOut(() => ({ status: 503, body: '' }));
  const fetchKey = keepKeys()({ ...busy, tenantId: 'a', allowedHosts });
  for (let count = 0; count < 3; count += 1)
    await expect(fetchKey(url)).rejects.toMatchObject({ mayReturn: true });
  expect(busy.asked).toHaveLength(1);
  busy.wait(31_000);
  await expect(fetchKey(url)).rejects.toBeInstanceOf(KeyUnavailable);
  expect(busy.asked).toHaveLength(2);
  for (const [answer, mayReturn] of [
    [{ status: 404, body: '' }, false],
    [egressError('blocked_address', 'address', 'no', 'not there'), false],
    [egressError('remote_unreachable', 'refused', 'no', 'away'), true],
  ] as const) {
    const out = wayOut(() => answer);
    await expect(keepKeys()({ ...out, tenantId: 'a', allowedHosts })(url)).rejects.toMatchObject({
      mayReturn,
    });
  }
});

// What an app can say of one request: how large its answer may be, how long connecting may take, which redirects count, what
// it requires.
import type { ServerResponse } from 'node:http';
import type { Action, Connector } from '@weftline/connectors/types';
import { afterEach, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { callService, startService } from '../../testing/call-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const start = async (answer: (url: string, response: ServerResponse) => void) => {
  const service = await startService((request, response) => {
    request.resume();
    answer(request.url ?? '', response);
  });
  cleanups.push(service.close);
  return service;
};

describe('maxResponseBytes', () => {
  it('refuses a larger answer, packed or not, and the default of the app stands below the request', async () => {
    const { host } = await start((url, response) => {
      if (url === '/zip') response.setHeader('content-encoding', 'gzip');
      response.end(url === '/zip' ? gzipSync('x'.repeat(5_000)) : 'x'.repeat(5_000));
    });
    const tooLarge = { ok: false, error: { code: 'too_large', sent: 'answered' } };
    expect(await callService({ host, action: { maxResponseBytes: 4_999 } })).toMatchObject(tooLarge);
    expect(await callService({ host, action: { maxResponseBytes: 5_000 } })).toMatchObject({ ok: true });
    expect(
      await callService({ host, action: { endpointTemplate: '/zip', maxResponseBytes: 4_999 } }),
    ).toMatchObject(tooLarge);
    const connector = { defaults: { maxResponseBytes: 10 } };
    expect(await callService({ host, action: {}, connector })).toMatchObject(tooLarge);
    expect(await callService({ host, action: { maxResponseBytes: 6_000 }, connector })).toMatchObject({
      ok: true,
    });
  });
});

describe('connectTimeoutMs', () => {
  it('ends a call that cannot be written, so that it is known that nothing was sent', async () => {
    const { host } = await start(() => undefined);
    const caps = { socketsPerAllowedOrigin: 1 };
    const egress = createEgress({ allow: [host], caps });
    cleanups.push(() => egress.close());
    const one = { tenantId: 't', method: 'GET', url: `http://${host}/`, timeoutMs: 2_000 };
    const first = egress.request(one).catch(() => undefined);
    await expect(egress.request({ ...one, connectTimeoutMs: 100 })).rejects.toMatchObject({
      code: 'remote_unreachable',
      details: { sent: 'no', reason: 'connect_timeout' },
    });
    await egress.close();
    await first;
  });
  it('does not count once the request is written', async () => {
    const { host } = await start((_, response) => setTimeout(() => response.end('late'), 300));
    expect(await callService({ host, action: { connectTimeoutMs: 100 } })).toMatchObject({
      ok: true,
      output: 'late',
    });
  });
});

describe('followRedirects', () => {
  const redirecting = async () => {
    const other = await start((_, response) => response.end('there'));
    const { host, calls } = await start((url, response) => {
      if (url === '/home') return response.end('home');
      const location = url === '/out' ? `http://${other.host}/x` : '/home';
      response.writeHead(302, { location }).end();
    });
    return { host, calls, other };
  };
  it('goes to the hosts of the app unless it says otherwise', async () => {
    const { host, other } = await redirecting();
    const connector = { allowedHosts: [host, other.host] };
    expect(await callService({ host, action: {}, connector })).toMatchObject({ ok: true, output: 'home' });
    const refused = await callService({ host, action: { endpointTemplate: '/out' } });
    expect(refused).toMatchObject({ ok: false, error: { code: 'blocked_address' } });
  });
  it('stays at the same host and port', async () => {
    const { host, other } = await redirecting();
    const connector = { allowedHosts: [host, other.host] };
    const action = { followRedirects: 'same-host' as const };
    expect(await callService({ host, action, connector })).toMatchObject({ ok: true, output: 'home' });
    expect(
      await callService({ host, action: { ...action, endpointTemplate: '/out' }, connector }),
    ).toMatchObject({ ok: false, error: { code: 'blocked_address' } });
    expect(other.calls).toEqual([]);
  });
  it('gives the redirect itself as the answer', async () => {
    const { host, calls } = await redirecting();
    const action = {
      followRedirects: 'never' as const,
      successWhen: '{{status == 302}}',
      response: { map: '{{headers.location}}' },
    };
    expect(await callService({ host, action })).toMatchObject({ ok: true, output: '/home' });
    expect(calls).toHaveLength(1);
    expect(await callService({ host, action: { followRedirects: 'never' } })).toMatchObject({
      ok: false,
      error: { status: 302 },
    });
  });
});
describe('requires', () => {
  it('refuses a version that needs what this runner does not have', async () => {
    const { host, calls } = await start((_, response) => response.end('x'));
    const requires = ['response.xml', 'response.telepathy'] as unknown as Connector['requires'];
    const connector = { requires } as Partial<Connector>;
    const refused = await callService({ host, action: {}, connector, isUnchecked: true });
    expect(refused).toMatchObject({
      ok: false,
      error: {
        code: 'capability_missing',
        sent: 'no',
        message: expect.stringMatching(/: response\.telepathy\.$/),
      },
    });
    expect(calls).toEqual([]);
  });
});

describe('defaults of inputs', () => {
  it('are sent where the member must be there, and left to the service where it may be absent', async () => {
    const { host, calls } = await start((_, response) => response.end('x'));
    const querySchema = {
      type: 'object',
      required: ['sort'],
      properties: { sort: { type: 'string', default: 'new' }, limit: { type: 'integer', default: 30 } },
    };
    const wire = { inputSchema: undefined, querySchema } as unknown as Partial<Action>;
    expect(await callService({ host, action: wire })).toMatchObject({ ok: true });
    expect(await callService({ host, action: wire, input: { query: { limit: 5 } } })).toMatchObject({
      ok: true,
    });
    const mapped = { inputSchema: querySchema, queryTemplate: { s: '{{input.sort}}', l: '{{input.limit}}' } };
    expect(await callService({ host, action: mapped })).toMatchObject({ ok: true });
    expect(calls.map(({ url }) => url)).toEqual(['/do?sort=new', '/do?limit=5&sort=new', '/do?s=new']);
  });
});

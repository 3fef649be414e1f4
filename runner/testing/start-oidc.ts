// oidc-provider, a certified OpenID provider, with clients for each way to prove oneself.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { findFreePort } from './find-free-port.ts';
import type { RunningServer, StartedServer } from './run-server.ts';

export type Oidc = RunningServer & {
  /** Gives consent as a person would, without a browser. @returns the callback's address with its query */
  consent: (authorizeUrl: string, login?: string) => Promise<URL>;
  /** PEM of the client `service-key`, which proves itself by a signed assertion. */
  privateKey: string;
};

export const redirectUri = 'http://127.0.0.1:9/api/v1/oauth/callback';

/** The package has no types of its own. */
type ProviderModule = {
  default: new (issuer: string, settings: object) => { callback: () => RequestListener };
};
const packageName = 'oidc-provider';

const clientOf = (id: string, method: string, more: object = {}): object => ({
  client_id: id,
  ...(method === 'none' ? {} : { client_secret: `${id}-secret-0123456789` }),
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: method,
  ...more,
});

const walk = async (start: string, login: string): Promise<URL> => {
  const jar = new Map<string, string>();
  const visit = async (url: URL, form?: Record<string, string>): Promise<Response> => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split(/=(.*)/s) ?? [];
      jar.set(name, value);
    }
    return response;
  };
  let url = new URL(start);
  for (let hop = 0; hop < 20; hop += 1) {
    if (url.href.startsWith(redirectUri)) return url;
    let response = await visit(url);
    if (response.status === 200) {
      // The provider's own development pages: first sign in, then consent.
      const page = await response.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? 'login';
      const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1] ?? url.href;
      response = await visit(
        new URL(action, url),
        prompt === 'login' ? { prompt, login, password: 'x' } : { prompt },
      );
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`consent stopped at ${url.pathname} with ${response.status}`);
    url = new URL(location, url);
  }
  throw new Error('consent went in circles');
};

/** @param accessTokenSeconds how long an access token lives */
export const startOidc = async (accessTokenSeconds = 60): Promise<StartedServer<Oidc>> => {
  const imported = (await import(packageName).catch(() => null)) as ProviderModule | null;
  if (imported === null) return { server: null, reason: 'oidc-provider is not installed: pnpm install' };
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ownKey = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'key-1', use: 'sig', alg: 'RS256' };
  const machine = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
  const provider = new imported.default(url, {
    clients: [
      clientOf('app', 'client_secret_basic'),
      clientOf('app-post', 'client_secret_post'),
      clientOf('app-public', 'none'),
      clientOf('service', 'client_secret_basic', machine),
      {
        ...machine,
        client_id: 'service-key',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [ownKey] },
      },
    ],
    scopes: ['openid', 'offline_access', 'api:read'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: { AccessToken: accessTokenSeconds, ClientCredentials: accessTokenSeconds, RefreshToken: 3_600 },
    issueRefreshToken: async (_context: unknown, client: { grantTypeAllowed: (type: string) => boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true },
    },
  });
  const server = createServer(provider.callback());
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    server: {
      url,
      host: `127.0.0.1:${port}`,
      privateKey: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      consent: (authorizeUrl, login = 'user1') => walk(authorizeUrl, login),
      stop: () =>
        new Promise<void>((done) => {
          server.close(() => done());
          server.closeAllConnections();
        }),
    },
  };
};

// oidc-provider, a certified OpenID provider, with clients for each way to prove oneself.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { findFreePort } from './find-free-port.ts';
import type { RunningServer, StartedServer } from './run-server.ts';

export type Oidc = RunningServer & {
  /** Gives consent as a person would, without a browser. @returns the callback's address with its query */
  consent: (authorizeUrl: string, login?: string) => Promise<URL>;
  /** Types a code as a person would, who signs in and says yes. */
  typeCode: (verificationUriComplete: string) => Promise<void>;
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

/** Walks through pages until one of them is the end. */
const walk = async (
  start: string,
  login: string,
  isEnd: (page: string) => boolean = () => false,
): Promise<URL> => {
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
  let response: Response | null = null;
  for (let hop = 0; hop < 20; hop += 1) {
    if (url.href.startsWith(redirectUri)) return url;
    response ??= await visit(url);
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      response = null;
      continue;
    }
    // The provider's own development pages: first sign in, then consent; a page of its own asks whose the code is.
    const page = await response.text();
    if (isEnd(page)) return url;
    if (response.status !== 200)
      throw new Error(`consent stopped at ${url.pathname} with ${response.status}`);
    const hidden = Object.fromEntries(
      [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? 'login';
    const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1] ?? url.href;
    response = await visit(
      new URL(action, url),
      prompt === 'login' ? { ...hidden, prompt, login, password: 'x' } : { ...hidden, prompt },
    );
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
      clientOf('screen', 'client_secret_basic', {
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        redirect_uris: [],
        response_types: [],
      }),
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
      deviceFlow: { enabled: true },
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
      typeCode: async (address) => {
        await walk(address, 'user1', (page) => page.includes('Sign-in Success'));
      },
      stop: () =>
        new Promise<void>((done) => {
          server.close(() => done());
          server.closeAllConnections();
        }),
    },
  };
};

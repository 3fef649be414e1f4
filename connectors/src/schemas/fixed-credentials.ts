/** The credential names that belong to each type of signing in; a connector may refine and add, never rename. */
import type { Auth, JsonSchema, OAuth2, Placement } from '../types.ts';

type Shape = { properties: { [name: string]: JsonSchema }; required: string[] };

const text = (label: string): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: 10_000,
  'x-label': label,
});
const secret = (label: string): JsonSchema => ({ ...text(label), 'x-secret': true });
const token = (label: string): JsonSchema => ({ ...secret(label), 'x-hidden': true });

const shapes: { [type in Auth['type']]: Shape } = {
  NONE: { properties: {}, required: [] },
  API_KEY: { properties: { apiKey: secret('API key') }, required: ['apiKey'] },
  BASIC: {
    properties: { username: text('User name'), password: { ...secret('Password'), minLength: 0 } },
    required: ['username', 'password'],
  },
  CUSTOM_HEADER: {
    properties: {
      headerName: { ...text('Header name'), maxLength: 200, pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" },
      headerValue: secret('Header value'),
    },
    required: ['headerName', 'headerValue'],
  },
  OAUTH2: {
    properties: {
      clientId: text('Client ID'),
      clientSecret: secret('Client secret'),
      accessToken: token('Access token'),
      refreshToken: token('Refresh token'),
    },
    required: ['clientId', 'clientSecret'],
  },
  JWT: { properties: {}, required: [] },
  HMAC: { properties: {}, required: [] },
  SESSION: { properties: {}, required: [] },
  AWS_SIGV4: {
    properties: {
      accessKeyId: text('Access key ID'),
      secretAccessKey: secret('Secret access key'),
      sessionToken: secret('Session token'),
    },
    required: ['accessKeyId', 'secretAccessKey'],
  },
  OAUTH1: {
    properties: {
      consumerKey: text('Consumer key'),
      consumerSecret: secret('Consumer secret'),
      token: text('Token'),
      tokenSecret: secret('Token secret'),
    },
    required: ['consumerKey', 'consumerSecret'],
  },
};

/** With a sign-in in the browser nobody types a token. */
const signedIn: Shape = {
  properties: { ...shapes.OAUTH1.properties, token: token('Token'), tokenSecret: token('Token secret') },
  required: shapes.OAUTH1.required,
};

/**
 * Whether a person signs in at the service: sent there and back (`redirect`), with a short code (`device`), or not at
 * all (`none`), because credentials are typed in or the platform gets its token by itself.
 */
export function signInOf(auth: Pick<Auth, 'oauth2' | 'signing'>): 'redirect' | 'device' | 'none' {
  if (auth.signing?.requestTokenUrl !== undefined) return 'redirect';
  if (auth.oauth2?.grant === 'device_code') return 'device';
  return auth.oauth2?.grant === 'authorization_code' ? 'redirect' : 'none';
}

/** How a client proves itself at the token endpoint. An assertion proves enough by itself. */
export function tokenAuthMethodOf(oauth2: OAuth2): NonNullable<OAuth2['tokenAuthMethod']> {
  return oauth2.tokenAuthMethod ?? (oauth2.grant === 'jwt_bearer' ? 'none' : 'client_secret_basic');
}

/** Names, schemas and obligation of an auth's fixed credentials. A public OAuth2 client has no secret. */
export function fixedCredentials(auth: Pick<Auth, 'type' | 'oauth2' | 'signing'>): Shape {
  const shape = shapes[auth.type];
  if (auth.type === 'OAUTH1' && signInOf(auth) === 'redirect') return signedIn;
  const { oauth2 } = auth;
  if (oauth2 === undefined) return shape;
  const method = tokenAuthMethodOf(oauth2);
  const needsSecret = method === 'client_secret_basic' || method === 'client_secret_post';
  const client = oauth2.grant === 'jwt_bearer' && method === 'none' ? [] : ['clientId'];
  const isPassword = oauth2.grant === 'password';
  return {
    properties: { ...shape.properties, ...(isPassword ? shapes.BASIC.properties : {}) },
    required: [
      ...client,
      ...(needsSecret ? ['clientSecret'] : []),
      ...(isPassword ? shapes.BASIC.required : []),
    ],
  };
}

const bearer = (name: string): Placement[] => [
  { in: 'header', name: 'Authorization', value: `Bearer {{credentials.${name}}}` },
];

const placements: { [type in Auth['type']]: Placement[] } = {
  NONE: [],
  API_KEY: bearer('apiKey'),
  BASIC: [
    {
      in: 'header',
      name: 'Authorization',
      value: "Basic {{base64(credentials.username + ':' + credentials.password)}}",
    },
  ],
  CUSTOM_HEADER: [{ in: 'header', name: '{{credentials.headerName}}', value: '{{credentials.headerValue}}' }],
  OAUTH2: bearer('accessToken'),
  JWT: [{ in: 'header', name: 'Authorization', value: 'Bearer {{auth.token}}' }],
  HMAC: [],
  SESSION: [],
  AWS_SIGV4: [],
  OAUTH1: [],
};

/** Names of places in endpoints that credentials fill, of all ways to sign in. */
export function credentialPlaces({ auth }: { auth: readonly Auth[] }): Set<string> {
  return new Set(
    auth.flatMap((one) =>
      placementsOf(one).flatMap(({ in: where, name }) => (where === 'path' ? [name] : [])),
    ),
  );
}

/** Where an auth's credentials go on a request: what the connector says, else what is usual for the type. */
export function placementsOf(auth: Auth): Placement[] {
  return auth.apply && auth.apply.length > 0 ? auth.apply : placements[auth.type];
}

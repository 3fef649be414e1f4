// The two cookies of a browser session. Not readable by scripts; the refresh token goes to /api/v1/auth alone.
import type { Environment } from '@weftline/runner/platform/env';
import { accessTokenSeconds } from './access-token.ts';

export const accessCookie = 'weftline_access';
export const refreshCookie = 'weftline_refresh';
const refreshPath = '/api/v1/auth';

const attributes = (env: Environment, path: string, maxAgeSeconds: number): string =>
  [
    `Path=${path}`,
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(env.PUBLIC_URL.startsWith('https:') ? ['Secure'] : []),
  ].join('; ');

/** Set-Cookie values of a session. */
export const sessionCookies = (
  env: Environment,
  tokens: { accessToken: string; refreshToken: string; refreshSeconds: number },
): string[] => [
  `${accessCookie}=${tokens.accessToken}; ${attributes(env, '/', accessTokenSeconds)}`,
  `${refreshCookie}=${tokens.refreshToken}; ${attributes(env, refreshPath, tokens.refreshSeconds)}`,
];

/** Set-Cookie values that end it. */
export const clearedCookies = (env: Environment): string[] => [
  `${accessCookie}=; ${attributes(env, '/', 0)}`,
  `${refreshCookie}=; ${attributes(env, refreshPath, 0)}`,
];

/** The value of a cookie, or null. The first one counts. */
export function readCookie(request: Request, name: string): string | null {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

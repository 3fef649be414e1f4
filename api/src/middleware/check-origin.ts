// Cookies travel on their own, so a mutation that relies on them must come from our pages.
import type { Environment } from '@weftline/runner/platform/env';
import { notAllowed } from '../fail.ts';

/** Origins that may call from a browser. */
export const allowedOrigins = (env: Environment): string[] => [
  new URL(env.PUBLIC_URL).origin,
  ...env.CORS_ORIGINS,
];

function isOwnHost(origin: string, request: Request): boolean {
  const host = request.headers.get('host') ?? new URL(request.url).host;
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/**
 * Throws 403 when a browser sent this from a foreign page.
 * Input: `strict` also refuses callers that say nothing about where they come from (cookies were used).
 */
export function checkOrigin(request: Request, env: Environment, strict: boolean): void {
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  if (origin !== null) {
    if (allowedOrigins(env).includes(origin) || isOwnHost(origin, request)) return;
  } else if (site === null ? !strict : site === 'same-origin' || site === 'none') return;
  throw notAllowed('This request comes from another site. Use the app itself, or an API key.');
}

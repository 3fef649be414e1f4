// Headers that every answer carries. Pages get their own content security policy; everything else may load nothing.
import type { Environment } from '@weftline/runner/platform/env';

const always: { [name: string]: string } = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
const nothingLoads = "default-src 'none'; frame-ancestors 'none'";

/** The headers of an answer that is no page. */
export function securityHeaders(env: Pick<Environment, 'PUBLIC_URL'>): { [name: string]: string } {
  return {
    ...always,
    'content-security-policy': nothingLoads,
    ...(env.PUBLIC_URL.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

/** Adds what is missing to the headers of an answer. */
export function addSecurityHeaders(headers: Headers, env: Environment): void {
  for (const [name, value] of Object.entries(securityHeaders(env)))
    if (!headers.has(name)) headers.set(name, value);
}

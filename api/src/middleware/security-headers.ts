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

/** Adds what is missing to the headers of an answer. */
export function addSecurityHeaders(headers: Headers, env: Environment): void {
  for (const [name, value] of Object.entries(always)) if (!headers.has(name)) headers.set(name, value);
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', nothingLoads);
  if (env.PUBLIC_URL.startsWith('https:') && !headers.has('strict-transport-security'))
    headers.set('strict-transport-security', 'max-age=31536000');
}

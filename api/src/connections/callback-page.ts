import { createHash } from 'node:crypto';
import type { SignInOutcome } from './keep-sign-in.ts';

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** JSON that can stand inside a script: no tag, no line separator. */
const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * The page a sign-in ends on: tells the window that opened it, and closes. Input: how it went and our own origin, the
 * only one that is told. Its one script is allowed by hash, so nothing else can run.
 */
export function callbackPage({ ok, connectionId, message }: SignInOutcome, origin: string): Response {
  const news = { type: 'weftline:oauth', ok, connectionId, ...(message === null ? {} : { message }) };
  const script = `if (window.opener) { window.opener.postMessage(${scriptJson(news)}, ${scriptJson(origin)}); window.close(); }`;
  const title = ok ? 'Connected' : 'Not connected';
  const told = ok ? 'You can close this window.' : (message ?? 'Start the sign-in again.');
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1><p>${escapeHtml(told)}</p><p><a href="/connections">Back to the connections</a></p><script>${script}</script></body></html>`;
  const hash = createHash('sha256').update(script).digest('base64');
  return new Response(html, {
    status: ok ? 200 : 400,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'unsafe-none',
      'content-security-policy': `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    },
  });
}

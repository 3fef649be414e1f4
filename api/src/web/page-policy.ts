// The content security policy of a page: its own scripts, its inline ones by their hash, and nobody's frame.
import { createHash } from 'node:crypto';

/** Inline scripts of a page as hashes. */
const inlineHashes = (html: string): string[] =>
  [
    ...html.matchAll(
      /<script(?![^>]*\ssrc=)(?![^>]*type="application\/(?:ld\+)?json")[^>]*>([\s\S]*?)<\/script>/g,
    ),
  ]
    .map((match) => match[1]!)
    .filter((text) => text.trim() !== '')
    .map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);

/** The header's value for a page. Styles may be inline because components set them; scripts never by text alone. */
export function pagePolicy(html: string): string {
  return [
    "default-src 'self'",
    ['script-src', "'self'", ...new Set(inlineHashes(html))].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

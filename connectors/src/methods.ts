/** The methods that a connector may send: those of HTTP (RFC 9110), of WebDAV and its kin (RFC 4918, 3253, 4791) and SEARCH (RFC 5323). */
export const methods: readonly string[] = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'PROPPATCH',
  'REPORT',
  'SEARCH',
  'MKCOL',
  'MKCALENDAR',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
];

/** They change nothing, by what they are defined as. */
export const safeMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'REPORT',
  'SEARCH',
]);

/** They read; POST among them, because many services are asked that way. */
export const askingMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PROPFIND',
  'REPORT',
  'SEARCH',
]);

/** They are sent without a body. */
export const bodilessMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'TRACE']);

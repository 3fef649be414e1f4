// Request and answer as people may see them: secrets taken out by place and by value, bodies cut.
import type { Json } from '@weftline/connectors/json';
import type { AuthorizedRequest } from './authorize.ts';
import type { ReadAnswer } from './read-response.ts';
import { redacted } from './redact.ts';
import type { Redact } from './redact.ts';
import type { SeenRequest, SeenResponse } from './types.ts';
import { withoutFiles } from './write-parts.ts';

export const shownBodyBytes = 64 * 1024;

const alwaysHidden = new Set(['authorization', 'cookie', 'set-cookie', 'proxy-authorization']);

const showHeaders = (
  headers: Record<string, string>,
  hidden: readonly string[],
  redact: Redact,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      redact.text(name),
      hidden.includes(name) || alwaysHidden.has(name) ? redacted : redact.text(value),
    ]),
  );

const showUrl = (url: string, hidden: readonly string[], redact: Redact): string => {
  if (hidden.length === 0) return redact.text(url);
  const [base = '', search = ''] = url.split('?', 2);
  const names = new Set(hidden.map((name) => encodeURIComponent(name)));
  const shown = search
    .split('&')
    .map((pair) => (names.has(pair.split('=', 1)[0] ?? '') ? `${pair.split('=', 1)[0]}=${redacted}` : pair));
  return redact.text(`${base}?${shown.join('&')}`);
};

const cut = (value: Json, bytes: number, redact: Redact): Json => {
  const clean = redact.value(value);
  if (bytes <= shownBodyBytes) return clean;
  const text = typeof clean === 'string' ? clean : JSON.stringify(clean);
  return `${text.slice(0, shownBodyBytes)}… (cut, ${bytes} bytes)`;
};

export const showRequest = (request: AuthorizedRequest, redact: Redact): SeenRequest => ({
  method: request.method,
  url: showUrl(request.url, request.credentials?.query ?? [], redact),
  headers: showHeaders(request.headers, request.credentials?.headers ?? [], redact),
  body:
    request.body === null
      ? null
      : request.body.bytes === undefined
        ? cut(request.body.value, request.body.text.length, redact)
        : redact.value(
            typeof request.body.value === 'string'
              ? `(${request.body.bytes.length} bytes)`
              : withoutFiles(request.body.value),
          ),
});

/** @param bytes size of the body as it came */
export const showResponse = (answer: ReadAnswer, bytes: number, redact: Redact): SeenResponse => ({
  status: answer.status,
  headers: showHeaders(answer.headers, [], redact),
  body: cut(answer.body, bytes, redact),
});

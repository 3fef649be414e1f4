// What a webhook brought, as the value that workflows read: `{ method, headers, query, body }`. Nothing is dropped silently:
// a body that cannot be kept exactly is refused.
import type { Json } from '@weftline/connectors/json';
import { parseJson } from '../executor/read-body.ts';
import { readForm } from '../executor/receive/read-form.ts';
import { chainHeader } from '../platform/call-chain.ts';
import { CodedError } from '../platform/errors.ts';

export type HookCall = {
  key: string;
  method: string;
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
  /** The query as it came, with its `?`: some services sign it. */
  search?: string;
  rawBody: Buffer;
  /** The header that says which workflows led here, taken out of `headers`: no template reads it. */
  chain?: string | undefined;
};

/** Sets the header of the chain aside. */
export function takeOutChain(call: HookCall): HookCall {
  const { [chainHeader]: chain, ...headers } = call.headers;
  return chain === undefined ? call : { ...call, headers, chain };
}

// The caller's own credentials have no place in a journal.
const withheld = new Set(['authorization', 'cookie', 'proxy-authorization', 'webhook-signature']);

const unreadable = (message: string) =>
  new CodedError({
    code: 'not_parseable',
    message,
    details: { problems: [{ path: '/body', code: 'not_parseable', message }] },
  });

/** As answers of services are read: a number that JavaScript cannot hold exactly stays text, digit for digit. */
function readJson(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw unreadable(
      error instanceof RangeError
        ? 'The body is nested deeper than 64 levels.'
        : 'The content type says JSON, but the body is not readable as JSON.',
    );
  }
}

function textOf(body: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return null;
  }
}

/** JSON as its value, forms as an object, text as text, anything else as `{ base64 }`; no body is null. */
function bodyOf(call: HookCall): Json {
  if (call.rawBody.length === 0) return null;
  const type = (call.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const text = textOf(call.rawBody);
  const saysJson = type === 'application/json' || type.endsWith('+json');
  if (text === null) {
    if (saysJson) throw unreadable('The content type says JSON, but the body is not UTF-8.');
    return { base64: call.rawBody.toString('base64') };
  }
  if (saysJson) return readJson(text);
  if (type === 'application/x-www-form-urlencoded') return readForm(text);
  if (type === '' && /^\s*[[{]/.test(text)) {
    try {
      return readJson(text);
    } catch {
      return text;
    }
  }
  return text;
}

/** The trigger's output for one call. Throws CodedError not_parseable. */
export function readHookBody(call: HookCall): Json {
  // Built from entries, so that a header called __proto__ is a header like any other.
  const headers = Object.fromEntries(
    Object.entries(call.headers).map(([name, value]) => [name, withheld.has(name) ? '[REDACTED]' : value]),
  );
  return { method: call.method, headers, query: { ...call.query }, body: bodyOf(call) };
}

// What a webhook brought, as the value that workflows read: `{ method, headers, query, body }`. Nothing is dropped silently:
// a body that cannot be kept exactly is refused.
import type { Json } from '@weftline/connectors/json';
import { CodedError } from '../platform/errors.ts';

export type HookCall = {
  key: string;
  method: string;
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
  rawBody: Buffer;
};

// The caller's own credentials have no place in a journal.
const withheld = new Set(['authorization', 'cookie', 'proxy-authorization', 'webhook-signature']);

const unreadable = (message: string) =>
  new CodedError({
    code: 'not_parseable',
    message,
    details: { problems: [{ path: '/body', code: 'not_parseable', message }] },
  });

function refuseInfinite(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw unreadable('The body has a number that is too large to be kept, such as 1e400. Send it as text.');
  if (value && typeof value === 'object') for (const member of Object.values(value)) refuseInfinite(member);
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === 92) index += 1;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 123 || code === 91) deepest = Math.max(deepest, (depth += 1));
    else if (code === 125 || code === 93) depth -= 1;
  }
  return deepest;
}

function parseJson(text: string): Json {
  if (text.length > 64 && depthOf(text) > 64) throw unreadable('The body is nested deeper than 64 levels.');
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable('The content type says JSON, but the body is not readable as JSON.');
  }
  // Past 1.8e308 a number needs three digits of exponent or, with two, more than 200 digits before them.
  if (/\d{200}|[eE]\+?\d{3}/.test(text)) refuseInfinite(value);
  return value;
}

function formOf(text: string): Json {
  const entries: [string, Json][] = [];
  const form = new URLSearchParams(text);
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    entries.push([name, values.length === 1 ? values[0]! : values]);
  }
  return Object.fromEntries(entries);
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
  if (saysJson) return parseJson(text);
  if (type === 'application/x-www-form-urlencoded') return formOf(text);
  if (type === '' && /^\s*[[{]/.test(text)) {
    try {
      return parseJson(text);
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

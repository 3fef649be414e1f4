// Takes secrets out of everything that leaves a call, by value: every way this call's secrets could be written.
import type { Json } from '@weftline/connectors/json';

export const redacted = '[REDACTED]';

/** Secrets shorter than this are not looked for by value: "abc" stands in too many innocent texts. */
export const shortestSecret = 6;

export type Redact = {
  /** True when there is nothing to look for. */
  isIdle: boolean;
  text: (text: string) => string;
  /** A new tree; member names are redacted as well. The same tree when nothing was found. */
  value: (value: Json) => Json;
};

/** The ways to write a secret, and each of them once more inside a URL. */
const toForms = (secret: string): string[] => {
  const forms = writeForms(secret);
  return [...forms, ...forms.map((form) => encodeURIComponent(form.toWellFormed()))];
};

const writeForms = (secret: string): string[] => {
  const bytes = Buffer.from(secret, 'utf8');
  const base64 = bytes.toString('base64');
  const hex = bytes.toString('hex');
  const url = encodeURIComponent(secret.toWellFormed());
  const json = JSON.stringify(secret).slice(1, -1);
  const everyByte = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return [
    secret,
    base64,
    base64.replace(/=+$/, ''),
    bytes.toString('base64url'),
    hex,
    hex.toUpperCase(),
    url,
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    url.replaceAll('%20', '+'),
    url.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    everyByte,
    everyByte.toUpperCase(),
    json,
    json.replaceAll('/', '\\/'),
    json.replace(/[^\u0020-\u007e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    JSON.stringify(json).slice(1, -1),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ...insideBase64(bytes),
  ];
};

/** The part of a longer base64 text that this secret alone decides, for each of the three ways it can be aligned. */
const insideBase64 = (bytes: Buffer): string[] =>
  [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const core = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A text of several lines, such as a private key, may be shown line by line. */
const withLines = (secret: string): string[] => {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return lines.length === 1
    ? [secret]
    : [secret, ...lines.filter((line) => line.length >= 16 && !line.startsWith('-----'))];
};

const idle: Redact = { isIdle: true, text: (text) => text, value: (value) => value };

/**
 * A redactor for the secrets of one call, in plain, base64, base64url, URL-encoded, JSON-escaped, HTML-escaped and hex
 * form, also inside longer base64 texts.
 * @param secrets the texts themselves; short ones are left out
 */
export const createRedact = (secrets: readonly string[]): Redact => {
  const forms = new Set<string>();
  for (const secret of new Set(secrets.flatMap(withLines)))
    if (secret.length >= shortestSecret)
      for (const form of toForms(secret)) if (form.length >= shortestSecret) forms.add(form);
  if (forms.size === 0) return idle;

  // Longest first, so that a form is taken whole before a part of it is.
  const ordered = [...forms].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(ordered.map(escapePattern).join('|'), 'g');
  const text = (input: string): string => input.replace(pattern, redacted);

  const value = (input: Json): Json => {
    if (typeof input === 'string') return text(input);
    if (Array.isArray(input)) {
      const items = input.map(value);
      return items.some((item, index) => item !== input[index]) ? items : input;
    }
    if (input === null || typeof input !== 'object') return redactPlain(input);
    let isChanged = false;
    const members = Object.entries(input).map(([name, member]) => {
      const entry = [text(name), value(member)] as const;
      isChanged ||= entry[0] !== name || entry[1] !== member;
      return entry;
    });
    return isChanged ? Object.fromEntries(members) : input;
  };
  // A secret of digits may come back as a number.
  const redactPlain = (input: null | boolean | number): Json =>
    typeof input === 'number' && forms.has(String(input)) ? redacted : input;

  return { isIdle: false, text, value };
};

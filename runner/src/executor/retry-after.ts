// How long a service asks us to wait. Hostile or odd values never make us wait longer than a day.
import type { RetryAfter } from '@weftline/connectors/types';
import type { Json } from '@weftline/connectors/json';
import { evaluateTemplate, parseTemplate } from '@weftline/connectors/expression';
import { compilePattern } from '@weftline/connectors/schemas/check-pattern';

export const longestWaitMs = 24 * 60 * 60 * 1_000;

const unitMs: { [unit: string]: number } = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};
const isoMs: readonly number[] = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];
const isoPattern =
  /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/i;

/** `1m30s` as Go writes durations, `PT1M30S` as ISO 8601 does; years and months have no fixed length and are not read. */
const readDuration = (text: string): number | undefined => {
  const iso = isoPattern.exec(text)?.slice(1);
  if (iso?.some((part) => part !== undefined))
    return iso.reduce(
      (sum, part, index) => sum + Number((part ?? '0').replace(',', '.')) * (isoMs[index] ?? 0),
      0,
    );
  if (!/^(?:\d+(?:\.\d+)?(?:h|m|s|ms|us|µs|ns))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0),
    0,
  );
};

const readDate = (text: string, now: number): number | undefined => {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - now;
};

const readAuto = (text: string, now: number): number | undefined => {
  if (!/^\d+(\.\d+)?$/.test(text)) return readDuration(text) ?? readDate(text, now);
  const number = Number(text);
  if (number >= 1e12) return number - now;
  return number >= 1e9 ? number * 1_000 - now : number * 1_000;
};

const units: Record<RetryAfter['unit'], (text: string, now: number) => number | undefined> = {
  auto: readAuto,
  seconds: (text) => Number(text) * 1_000,
  milliseconds: (text) => Number(text),
  epochSeconds: (text, now) => Number(text) * 1_000 - now,
  epochMilliseconds: (text, now) => Number(text) - now,
  httpDate: readDate,
  rfc3339: readDate,
  duration: readDuration,
};

const longestSentence = 2_000;

/** The first group of a pattern in a text; undefined where it is not there. */
const takeOut = (value: Json | undefined, regex: string): string | undefined => {
  if (typeof value !== 'string') return undefined;
  const matcher = compilePattern(regex).matcher(value.slice(0, longestSentence));
  return matcher.find() ? (matcher.group(1) ?? undefined) : undefined;
};

/**
 * Reads one value.
 * @param now milliseconds since 1970
 * @returns milliseconds from now, 0 to `capMs` (a day at most); undefined when it cannot be read
 */
export const readWait = (
  value: Json | undefined,
  unit: RetryAfter['unit'],
  now: number,
  capMs = longestWaitMs,
): number | undefined => {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  const wait = text === '' || text.length > 100 ? undefined : units[unit](text, now);
  if (wait === undefined || Number.isNaN(wait)) return undefined;
  return Math.round(Math.min(Math.max(wait, 0), capMs, longestWaitMs));
};

const defaultSources: readonly RetryAfter[] = [{ from: { header: 'retry-after' }, unit: 'auto' }];

/**
 * The wait an answer asks for: the first declared source that can be read, without any the header `retry-after`.
 * @returns milliseconds from now, or undefined when the answer says nothing
 */
export const readRetryAfter = (
  sources: readonly RetryAfter[] | undefined,
  answer: { headers: Record<string, string>; body: Json },
  now: number,
): number | undefined => {
  for (const { from, unit, capMs, regex } of sources ?? defaultSources) {
    const value =
      from.header === undefined
        ? readBody(from.body ?? '', answer.body)
        : answer.headers[from.header.toLowerCase()];
    const wait = readWait(regex === undefined ? value : takeOut(value, regex), unit, now, capMs);
    if (wait !== undefined) return wait;
  }
  return undefined;
};

const readBody = (path: string, body: Json): Json | undefined => {
  try {
    const source =
      path === '' || path === 'body' || path.startsWith('body.') || path.startsWith('body[')
        ? path || 'body'
        : `body.${path}`;
    return evaluateTemplate(parseTemplate(`{{${source}}}`), { body }, { missing: 'drop' });
  } catch {
    return undefined;
  }
};

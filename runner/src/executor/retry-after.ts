// How long a service asks us to wait. Hostile or odd values never make us wait longer than a day.
import type { RetryAfter } from '@weftline/connectors/types';
import type { Json } from '@weftline/connectors/json';
import { evaluateTemplate, parseTemplate } from '@weftline/connectors/expression';

export const longestWaitMs = 24 * 60 * 60 * 1_000;

const durationPattern =
  /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

const readDuration = (text: string): number | undefined => {
  const match = durationPattern.exec(text);
  if (match === null || text === '') return undefined;
  const [hours, minutes, seconds, millis] = match.slice(1).map((part) => Number(part ?? 0));
  return ((hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000 + (millis ?? 0);
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
  for (const { from, unit, capMs } of sources ?? defaultSources) {
    const value =
      from.header === undefined
        ? readBody(from.body ?? '', answer.body)
        : answer.headers[from.header.toLowerCase()];
    const wait = readWait(value, unit, now, capMs);
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

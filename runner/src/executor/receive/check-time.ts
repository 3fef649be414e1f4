// When a call was signed.
import type { SenderCheck } from '@weftline/connectors/types';
import type { Scope } from '@weftline/connectors/expression';
import { fillText } from './fill-check.ts';

type Timestamp = NonNullable<SenderCheck['timestamp']>;

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

function readInstant(text: string, unit: Timestamp['unit']): number | undefined {
  if (unit === 'rfc3339') {
    const ms = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(ms) ? undefined : ms;
  }
  if (!/^[1-9]\d{0,14}$/.test(text)) return undefined;
  return unit === 'seconds' ? Number(text) * 1000 : Number(text);
}

/** The instant in ms since 1970, or why there is none. */
export function readSignedTime(
  timestamp: Timestamp,
  scope: Scope,
): { atMs: number } | { fault: 'bad_timestamp' } {
  const text = fillText(timestamp.value, scope);
  if (text === undefined) return { fault: 'bad_timestamp' };
  const atMs = readInstant(text, timestamp.unit);
  return atMs === undefined ? { fault: 'bad_timestamp' } : { atMs };
}

/** Both ways, the border included, counted in whole seconds as services count. */
export const isWithin = (atMs: number, nowMs: number, toleranceSeconds: number): boolean =>
  Math.abs(Math.floor(nowMs / 1000) - Math.floor(atMs / 1000)) <= toleranceSeconds;

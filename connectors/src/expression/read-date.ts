import type { Json } from '../json.ts';
import { ExpressionError } from './expression-error.ts';
import { momentOf } from './zone-time.ts';

const isoDate =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?$/;
const httpDate =
  /^(?:[A-Za-z]{3,9}, ?)?\d{1,2}[ -][A-Za-z]{3}[ -]\d{4} \d{2}:\d{2}(?::\d{2})? (?:GMT|UTC|[+-]\d{4})$/;
const latest = 8.64e15;

/**
 * The moment, in milliseconds since 1970, of a date as services write them: ISO 8601, HTTP and mail dates, and numbers
 * of seconds or (from 100 billion on) milliseconds. A text without an offset is read in `zone`.
 * @throws ExpressionError bad_value
 */
export function readDate(value: Json, zone = 'UTC'): number {
  const number = typeof value === 'string' && /^-?\d{9,14}(\.\d+)?$/.test(value) ? Number(value) : value;
  const moment = typeof number === 'number' ? fromNumber(number) : fromText(String(value), zone);
  if (Math.abs(moment) <= latest) return moment;
  throw new ExpressionError(
    'bad_value',
    `${shown(value)} is not a date: write it as 2026-11-20T09:30:00Z or as seconds since 1970.`,
  );
}

function fromNumber(value: number): number {
  return Math.round(Math.abs(value) >= 1e11 ? value : value * 1000);
}

function fromText(text: string, zone: string): number {
  const found = text.length <= 64 ? isoDate.exec(text.trim()) : null;
  if (!found) return text.length <= 64 && httpDate.test(text.trim()) ? Date.parse(text.trim()) : NaN;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = found;
  const fields = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
  if (!isReal(fields)) return NaN;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  if (!offset) return momentOf(fields, zone, milliseconds);
  return momentOf(fields, 'UTC', milliseconds) - offsetMs(offset);
}

function isReal(fields: {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}): boolean {
  const days = new Date(Date.UTC(2000 + (fields.year % 400), fields.month, 0)).getUTCDate();
  const { month, day, hour, minute, second } = fields;
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59;
}

function offsetMs(offset: string): number {
  if (offset.toUpperCase() === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

function shown(value: Json): string {
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 40) : value);
}

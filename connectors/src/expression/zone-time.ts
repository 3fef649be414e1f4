import { ExpressionError } from './expression-error.ts';

/** A moment's calendar fields in one time zone; month and day count from 1. */
export type CalendarFields = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
};

const minuteMs = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      calendar: 'gregory',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new ExpressionError(
      'bad_value',
      `\`${zone.slice(0, 60)}\` is not a time zone: write one such as "Europe/Berlin" or "UTC".`,
    );
  }
  if (formats.size >= 100) formats.clear();
  formats.set(zone, format);
  return format;
}

/** The calendar fields of a moment (milliseconds since 1970) in a time zone. @throws ExpressionError bad_value for an unknown zone */
export function fieldsAt(moment: number, zone: string): CalendarFields {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(moment)
      .map((part) => [part.type, part.value]),
  );
  const year = Number(parts.year);
  return {
    year: parts.era === 'BC' ? 1 - year : year,
    month: Number(parts.month),
    day: Number(parts.day),
    hour: Number(parts.hour),
    minute: Number(parts.minute),
    second: Number(parts.second),
  };
}

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
export function offsetAt(moment: number, zone: string): number {
  return utcOf(fieldsAt(moment, zone)) - Math.floor(moment / 1000) * 1000;
}

/**
 * The moment at which a zone's clock shows these fields. In a gap (clocks go forward) the moment after the gap as far as
 * the time is into it; of two moments (clocks go back) the first.
 */
export function momentOf(fields: CalendarFields, zone: string, milliseconds = 0): number {
  const asUtc = utcOf(fields);
  // The right offset is one of those in force a day around; nothing else can give these fields.
  const before = asUtc - offsetAt(asUtc - 1440 * minuteMs, zone);
  const after = asUtc - offsetAt(asUtc + 1440 * minuteMs, zone);
  const fits = [Math.min(before, after), Math.max(before, after)].filter(
    (moment) => moment + offsetAt(moment, zone) === asUtc,
  );
  return (fits[0] ?? before) + milliseconds;
}

/** Fields read as if they were UTC; days and months beyond their end roll over. */
export function utcOf(fields: CalendarFields): number {
  const date = new Date(0);
  date.setUTCFullYear(fields.year, fields.month - 1, fields.day);
  date.setUTCHours(fields.hour, fields.minute, fields.second, 0);
  return date.getTime();
}

/** `+02:00`, or `Z` for no offset. */
export function offsetText(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.abs(Math.trunc(offset / minuteMs));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}

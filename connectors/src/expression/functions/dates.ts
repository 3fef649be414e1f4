import type { Json } from '../../json.ts';
import { ExpressionError } from '../expression-error.ts';
import { formatMoment } from '../format-date.ts';
import { readDate } from '../read-date.ts';
import { fieldsAt, momentOf } from '../zone-time.ts';
import { parseDate } from './parse-date.ts';
import { argument, type ExpressionFunction } from './define.ts';

const date = argument(
  'date',
  'date',
  'An ISO date such as "2026-11-20T09:30:00Z", an HTTP date, or seconds or milliseconds since 1970.',
);
const zone = argument('zone', 'text', 'A time zone such as "Europe/Berlin"; UTC if left out.', {
  optional: true,
});
const unit = argument('unit', 'text', 'milliseconds, seconds, minutes, hours, days, weeks, months or years.');

const fixedMs: { [unit: string]: number } = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000 };
const daysOf: { [unit: string]: number } = { day: 1, week: 7 };
const monthsOf: { [unit: string]: number } = { month: 1, year: 12 };

function unitOf(value: Json | undefined): string {
  const name = String(value).toLowerCase().replace(/s$/, '');
  if ([fixedMs, daysOf, monthsOf].some((table) => Object.hasOwn(table, name))) return name;
  throw new ExpressionError(
    'bad_value',
    `\`${String(value).slice(0, 40)}\` is no unit: use ${unit.description}`,
  );
}

function iso(moment: number): string {
  if (!(Math.abs(moment) <= 8.64e15)) throw new ExpressionError('bad_value', 'This date is too far away.');
  return new Date(moment).toISOString();
}

/** Days, months and years follow the zone's calendar: a day later is the same time of day, also when clocks change. */
function addCalendar(moment: number, days: number, months: number, zoneName: string): number {
  const fields = fieldsAt(moment, zoneName);
  const milliseconds = ((moment % 1000) + 1000) % 1000;
  const total = fields.year * 12 + fields.month - 1 + months;
  const [year, month] = [Math.floor(total / 12), (((total % 12) + 12) % 12) + 1];
  const lastDay = new Date(Date.UTC(2000 + (((year % 400) + 400) % 400), month, 0)).getUTCDate();
  return momentOf(
    { ...fields, year, month, day: Math.min(fields.day, lastDay) + days },
    zoneName,
    milliseconds,
  );
}

function add(moment: number, amount: number, name: string, zoneName: string): number {
  if (Object.hasOwn(fixedMs, name)) return Math.round(moment + amount * fixedMs[name]!);
  if (!Number.isInteger(amount) || Math.abs(amount) > 1e7)
    throw new ExpressionError('bad_value', 'addTime(): days, weeks, months and years are whole numbers.');
  return Object.hasOwn(daysOf, name)
    ? addCalendar(moment, amount * daysOf[name]!, 0, zoneName)
    : addCalendar(moment, 0, amount * monthsOf[name]!, zoneName);
}

function difference(from: number, to: number, name: string): number {
  if (Object.hasOwn(monthsOf, name)) {
    const [a, b] = [fieldsAt(from, 'UTC'), fieldsAt(to, 'UTC')];
    let months = (b.year - a.year) * 12 + b.month - a.month;
    if (months > 0 && addCalendar(from, 0, months, 'UTC') > to) months -= 1;
    if (months < 0 && addCalendar(from, 0, months, 'UTC') < to) months += 1;
    return Math.trunc(months / monthsOf[name]!);
  }
  return (to - from) / (fixedMs[name] ?? daysOf[name]! * 86_400_000);
}

/** Functions over dates. There is no clock: use run.startedAt for the time of the run. */
export const dateFunctions: ExpressionFunction[] = [
  {
    name: 'date',
    group: 'dates',
    description: 'Any usual date as an ISO date in UTC. Dates without an offset are read in the zone.',
    arguments: [date, zone],
    returns: 'text',
    example: { expression: 'date("2026-07-01 09:30", "Europe/Berlin")', result: '2026-07-01T07:30:00.000Z' },
    run: ([value, zoneName]) => iso(readDate(value!, zoneName as string | undefined)),
  },
  {
    name: 'formatDate',
    group: 'dates',
    description:
      'A date by a pattern: yyyy MM dd HH mm ss SSS, MMM MMMM EEE EEEE for names, h a, XXX for the offset.',
    returns: 'text',
    arguments: [
      date,
      argument('pattern', 'text', 'The pattern; words go in single quotes.'),
      zone,
      argument('language', 'text', 'Language of names such as "de"; "en" if left out.', { optional: true }),
    ],
    example: {
      expression: 'formatDate("2026-11-20T23:30:00Z", "EEE d MMM yyyy HH:mm", "Europe/Berlin")',
      result: 'Sat 21 Nov 2026 00:30',
    },
    run: ([value, pattern, zoneName, language]) =>
      formatMoment(
        readDate(value!, zoneName as string | undefined),
        pattern as string,
        (zoneName as string | undefined) ?? 'UTC',
        (language as string | undefined) ?? 'en',
      ),
  },
  {
    name: 'parseDate',
    group: 'dates',
    description:
      'A date that is written in another way, as a pattern of yyyy yy MM M dd d HH H hh h mm m ss s SSS a says; words stand in quotes.',
    returns: 'text',
    arguments: [
      argument('text', 'text', 'The date as it is written.'),
      argument('pattern', 'text', 'How it is written, such as "dd.MM.yyyy HH:mm".'),
      zone,
    ],
    example: {
      expression: 'parseDate("21.11.2026 09:30", "dd.MM.yyyy HH:mm", "Europe/Berlin")',
      result: '2026-11-21T08:30:00.000Z',
    },
    run: ([value, pattern, zoneName]) =>
      iso(parseDate(value as string, pattern as string, zoneName as string | undefined)),
  },
  {
    name: 'addTime',
    group: 'dates',
    description:
      'A date moved by an amount of time, negative to go back. Days and longer keep the time of day in the zone.',
    returns: 'text',
    arguments: [date, argument('amount', 'number', 'How many units.'), unit, zone],
    example: {
      expression: 'addTime("2026-01-31T12:00:00Z", 1, "month")',
      result: '2026-02-28T12:00:00.000Z',
    },
    run: ([value, amount, name, zoneName]) => {
      const where = (zoneName as string | undefined) ?? 'UTC';
      return iso(add(readDate(value!, where), amount as number, unitOf(name), where));
    },
  },
  {
    name: 'timeBetween',
    group: 'dates',
    description:
      'The time from one date to another, negative when the second is earlier. Months and years count full ones.',
    returns: 'number',
    arguments: [date, argument('end', 'date', 'The other date.'), unit],
    example: { expression: 'timeBetween("2026-01-01", "2026-01-02T12:00:00Z", "days")', result: 1.5 },
    run: ([from, to, name]) => difference(readDate(from!), readDate(to!), unitOf(name)),
  },
  {
    name: 'timestamp',
    group: 'dates',
    description: 'A date as whole seconds since 1970.',
    arguments: [date, zone],
    returns: 'number',
    example: { expression: 'timestamp("1970-01-02T00:00:00Z")', result: 86400 },
    run: ([value, zoneName]) => Math.floor(readDate(value!, zoneName as string | undefined) / 1000),
  },
];

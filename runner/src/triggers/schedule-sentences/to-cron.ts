// From the parts of a sentence that repeats to five fields of cron. What five fields cannot say is refused, never bent.
import type { Parts } from './parts.ts';
import { showTime, type Time } from './read-time.ts';
import { list, monthNames, ordinal, SentenceRefused, weekdayNames } from './vocabulary.ts';

export type Rhythm = { cron: string; says: string };

const dividers = (whole: number): number[] =>
  Array.from({ length: whole }, (_, place) => place + 1).filter((one) => whole % one === 0 && one < whole);
const joined = (values: Iterable<number>): string => [...new Set(values)].sort((a, b) => a - b).join(',');

const mondayFirst = (days: readonly number[]) => days.toSorted((a, b) => ((a + 6) % 7) - ((b + 6) % 7));

function daysOf(parts: Parts): { days: string; months: string; weekdays: string; says: string } {
  const { monthDays, months, weekdays } = parts;
  if (monthDays && weekdays)
    throw new SentenceRefused(
      'Both a day of the month and a weekday are named. A schedule would run on either of them: name one kind.',
    );
  const isWorkweek = weekdays?.join() === '1,2,3,4,5';
  const inMonths = months ? list(months.map((month) => monthNames[month - 1]!)) : '';
  const onDays = monthDays ? list(monthDays.map(ordinal)) : '';
  const says = weekdays
    ? `${isWorkweek ? 'every weekday (Monday to Friday)' : `every ${list(mondayFirst(weekdays).map((day) => weekdayNames[day]!))}`}${inMonths ? ` in ${inMonths}` : ''}`
    : monthDays
      ? `on the ${onDays} of ${inMonths || (monthDays.some((day) => day > 28) ? 'every month that has it' : 'every month')}`
      : `every day${inMonths ? ` in ${inMonths}` : ''}`;
  return {
    days: monthDays ? joined(monthDays) : '*',
    months: months ? joined(months) : '*',
    weekdays: isWorkweek ? '1-5' : weekdays && weekdays.length < 7 ? joined(weekdays) : '*',
    says,
  };
}

function clockOf(times: readonly Time[]): { minutes: string; hours: string } {
  const minutes = new Set(times.map(({ minute }) => minute));
  const hours = new Set(times.map(({ hour }) => hour));
  const wanted = new Set(times.map(showTime));
  // Five fields fire at every minute named in every hour named.
  if (minutes.size * hours.size !== wanted.size)
    throw new SentenceRefused(
      `One schedule cannot have the times ${list([...wanted])}: of several times all need the same minute, as in 8:30 and 17:30.`,
    );
  return { minutes: joined(minutes), hours: joined(hours) };
}

/** Hours of a window: `every hour` counts its end too, steps of minutes end before it. */
function windowOf(
  { between }: Parts,
  isHourly: boolean,
  past: number,
): { hours: string; says: string } | null {
  if (!between) return null;
  const { from, to } = between;
  if (from.minute !== (isHourly ? past : 0) && from.minute !== 0)
    throw new SentenceRefused('The hours between which it runs are full hours, such as from 9:00 to 17:00.');
  if (to.minute !== 0)
    throw new SentenceRefused('The hours between which it runs are full hours, such as from 9:00 to 17:00.');
  const end = to.hour === 0 ? 24 : to.hour;
  const last = isHourly && past === 0 && end < 24 ? end : end - 1;
  if (end <= from.hour)
    throw new SentenceRefused(
      'The hours between which it runs lie in one day: the second is later than the first.',
    );
  return {
    hours: last === from.hour ? String(last) : `${from.hour}-${last}`,
    says:
      isHourly && last === end
        ? ` from ${showTime(from)} to ${showTime(to)}`
        : ` from ${showTime(from)} until before ${showTime(to)}`,
  };
}

function everyFew(parts: Parts, count: number, unit: 'minute' | 'hour'): Rhythm {
  if (unit === 'minute' && count === 60) return everyFew(parts, 1, 'hour');
  const whole = unit === 'minute' ? 60 : 24;
  if (unit === 'hour' && count === 24)
    throw new SentenceRefused('Say "every day" and at what time, such as "every day at 9:00".');
  if (!dividers(whole).includes(count))
    throw new SentenceRefused(
      `Every ${count} ${unit}s cannot be kept up evenly: it has to divide ${whole}. It can be every ${list(dividers(whole).map(String))} ${unit}s.`,
    );
  if (parts.times)
    throw new SentenceRefused(
      `"every ${count === 1 ? '' : `${count} `}${unit}${count === 1 ? '' : 's'}" and a time of day are two schedules. Say "every day at ${showTime(parts.times[0]!)}", or "every hour at :15".`,
    );
  const past = parts.pastMinute ?? 0;
  if (unit === 'minute' && parts.pastMinute !== undefined)
    throw new SentenceRefused('A minute of the hour goes with hours: "every hour at :15".');
  const day = daysOf(parts);
  const window = windowOf(parts, unit === 'hour', past);
  const every = count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
  const isDaily = day.days === '*' && day.weekdays === '*' && day.months === '*';
  const says = `${every}${unit === 'hour' && past > 0 ? ` at :${String(past).padStart(2, '0')}` : ''}${window?.says ?? ''}${isDaily ? '' : `, ${day.says}`}`;
  const step = count === 1 ? '' : `/${count}`;
  const hours = window?.hours ?? '*';
  const isOne = /^\d+$/.test(hours);
  const cron =
    unit === 'minute'
      ? `*${step} ${hours} ${day.days} ${day.months} ${day.weekdays}`
      : `${past} ${isOne ? hours : `${hours}${step}`} ${day.days} ${day.months} ${day.weekdays}`;
  return { cron, says };
}

/** @throws SentenceRefused with what can be said instead */
export function toCron(given: Parts): Rhythm {
  let parts = given;
  for (const [name, what] of [
    ['daysAhead', 'today or tomorrow'],
    ['inUnits', 'a time from now'],
    ['instantMs', 'one instant'],
    ['year', 'one year'],
    ['week', 'one week'],
  ] as const)
    if (parts[name] !== undefined)
      throw new SentenceRefused(`"every" and ${what} do not go together: say either a rhythm or one time.`);
  const { interval } = parts;
  if (interval && (interval.unit === 'minute' || interval.unit === 'hour'))
    return everyFew(parts, interval.count, interval.unit);
  if (parts.between)
    throw new SentenceRefused(
      'Say how often between those hours, such as "every 15 minutes from 9:00 to 17:00".',
    );
  if (parts.pastMinute !== undefined)
    throw new SentenceRefused('A minute of the hour goes with "every hour".');
  const count = interval?.count ?? 1;
  if (count === 0) throw new SentenceRefused('Every 0 is never. Say a number from 1.');
  if ((interval?.unit === 'day' || interval?.unit === 'week' || interval?.unit === 'year') && count > 1)
    throw new SentenceRefused(
      `A schedule cannot leave out ${interval.unit}s in between. Name the weekdays ("every monday and thursday at 9") or the days of the month ("on the 1st and 15th of every month at 9").`,
    );
  if (interval?.unit === 'week' && !parts.weekdays)
    throw new SentenceRefused('Say also on which weekday, such as "every week on monday at 9:00".');
  if (
    interval?.unit === 'month' ||
    (parts.months && !parts.monthDays && !parts.weekdays && interval?.unit !== 'day')
  ) {
    if (!parts.monthDays)
      throw new SentenceRefused(
        'Say also on which day of the month, such as "every month on the 1st at 8:30".',
      );
  }
  if (interval?.unit === 'month' && count > 1) {
    if (![2, 3, 4, 6, 12].includes(count))
      throw new SentenceRefused(
        `Every ${count} months cannot be kept up evenly. It can be every 2, 3, 4 or 6 months.`,
      );
    if (parts.months) throw new SentenceRefused('Name the months, or say every how many; not both.');
    parts = { ...parts, months: Array.from({ length: 12 / count }, (_, place) => 1 + place * count) };
  }
  if (interval?.unit === 'year' && !(parts.months && parts.monthDays))
    throw new SentenceRefused(
      'Say also on which day of the year, such as "every year on 24 December at 18:00".',
    );
  const { times } = parts;
  const day = daysOf(parts);
  if (!times)
    throw new SentenceRefused(
      parts.timesADay && parts.timesADay > 1
        ? 'Say also at which times, such as "twice a day at 8 and 20".'
        : `Say also at what time, such as "${day.says.replace(/ \(.*\)| that has it/, '')} at 9:00".`,
    );
  if (parts.timesADay !== undefined && parts.timesADay !== times.length)
    throw new SentenceRefused(
      `The text says ${parts.timesADay} times a day and names ${times.length}. Name as many as it says.`,
    );
  const clock = clockOf(times);
  const at = [...new Set(times.map(showTime))].sort();
  const says = `${day.says[0]!.toUpperCase()}${day.says.slice(1)} at ${list(at)}`;
  return { cron: `${clock.minutes} ${clock.hours} ${day.days} ${day.months} ${day.weekdays}`, says };
}

// From the parts of a sentence that is said of one time to an instant. Local times become instants by the rules of schedules: one
// that the clocks leave out is the first instant after the gap, a repeated one its first pass.
import { nextFire } from '../next-fire.ts';
import type { Parts } from './parts.ts';
import { showTime, type Time } from './read-time.ts';
import { list, monthNames, ordinal, pad, SentenceRefused, weekdayNames } from './vocabulary.ts';

const dayMs = 86_400_000;
const lastYear = 2100;

/** A calendar day as ms since 1970 of its midnight in UTC: days are counted, not instants. */
type Day = number;
const dayOf = (year: number, month: number, day: number): Day => Date.UTC(year, month - 1, day);
const partsOf = (day: Day) => {
  const date = new Date(day);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    date: date.getUTCDate(),
    weekday: date.getUTCDay(),
  };
};
const sayDay = (day: Day): string => {
  const { year, month, date } = partsOf(day);
  return `${date} ${monthNames[month - 1]} ${year}`;
};

export type LocalClock = { day: Day; hour: number; minute: number };

/** What the clocks of a zone show. */
export function readClock(timezone: string, now: Date): LocalClock {
  const found = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(now);
  const valueOf = (type: string) => Number(found.find((part) => part.type === type)!.value);
  return {
    day: dayOf(valueOf('year'), valueOf('month'), valueOf('day')),
    hour: valueOf('hour'),
    minute: valueOf('minute'),
  };
}

function instantOf(day: Day, { hour, minute }: Pick<Time, 'hour' | 'minute'>, timezone: string): Date {
  const { year, month, date } = partsOf(day);
  if (year > lastYear) throw new SentenceRefused(`That is too far ahead: the year ${lastYear} is the last.`);
  // No zone is more than 14 hours from UTC: this is before the local day begins, and less than a day before its eve.
  const found = nextFire(`${minute} ${hour} ${date} ${month} *`, timezone, new Date(day - 26 * 3_600_000));
  if (!found) throw new SentenceRefused('There is no such day.');
  return found;
}

function inUnits(parts: Parts, timezone: string, now: Date): Date {
  const amounts = parts.inUnits!;
  const clock = readClock(timezone, now);
  if (amounts.some(({ count }) => count === 0))
    throw new SentenceRefused('That is now: say a number from 1.');
  const isShort = amounts.every(({ unit }) => unit === 'minute' || unit === 'hour');
  if (isShort) {
    if (parts.times) throw new SentenceRefused('Hours from now and a time of day do not go together.');
    const minutes = amounts.reduce((sum, { count, unit }) => sum + count * (unit === 'hour' ? 60 : 1), 0);
    return new Date(Math.ceil(now.getTime() / 1000) * 1000 + minutes * 60_000);
  }
  if (amounts.length > 1)
    throw new SentenceRefused('Say days and hours apart: "in 2 days at 9:00" or "in 50 hours".');
  const [{ count, unit }] = amounts as [{ count: number; unit: string }];
  const time = onlyTime(parts) ?? { hour: clock.hour, minute: clock.minute };
  if (unit === 'day' || unit === 'week')
    return instantOf(clock.day + count * (unit === 'week' ? 7 : 1) * dayMs, time, timezone);
  const { year, month, date } = partsOf(clock.day);
  const months = year * 12 + month - 1 + count * (unit === 'year' ? 12 : 1);
  const target = dayOf(Math.floor(months / 12), (months % 12) + 1, date);
  if (partsOf(target).date !== date)
    throw new SentenceRefused(`${monthNames[months % 12]} has no ${ordinal(date)}. Say the date itself.`);
  return instantOf(target, time, timezone);
}

function onlyTime({ times }: Parts): Time | null {
  if (!times) return null;
  if (times.length > 1)
    throw new SentenceRefused(
      `One time alone: ${list(times.map(showTime))} are several. For several say "every day at …".`,
    );
  return times[0]!;
}

function needTime(parts: Parts, day: Day): Time {
  const time = onlyTime(parts);
  if (time === null) throw new SentenceRefused(`Say also at what time, such as "on ${sayDay(day)} at 9:00".`);
  if (time.isMidnight)
    throw new SentenceRefused('"midnight" may be where the day begins or where it ends.', [
      `on ${sayDay(day)} at 00:00`,
      `on ${sayDay(day + dayMs)} at 00:00`,
    ]);
  return time;
}

/** The day that a weekday stands for. */
function dayOfWeekday(parts: Parts, clock: LocalClock): Day {
  const [weekday, ...more] = parts.weekdays!;
  const time = parts.times?.[0];
  const at = time ? ` at ${showTime(time)}` : ' at 9:00';
  if (more.length > 0)
    throw new SentenceRefused('Several weekdays are several times.', [
      `every ${list(parts.weekdays!.map((day) => weekdayNames[day]!))}${at}`,
      `on ${weekdayNames[weekday!]}${at}`,
    ]);
  const today = partsOf(clock.day).weekday;
  const name = weekdayNames[weekday!]!;
  // Weeks begin on Monday.
  const ahead = (weekday! - today + 7) % 7;
  const monday = clock.day - ((today + 6) % 7) * dayMs;
  const inNextWeek = monday + (7 + ((weekday! + 6) % 7)) * dayMs;
  const coming = clock.day + ahead * dayMs;
  if (parts.week === 'nextWeek') return inNextWeek;
  if (parts.week === 'this') return coming;
  if (parts.week === 'next') {
    if (ahead === 0 || coming === inNextWeek) return ahead === 0 ? inNextWeek : coming;
    throw new SentenceRefused(`"next ${name}" may be this week's or next week's.`, [
      `on ${sayDay(coming)}${at}`,
      `on ${sayDay(inNextWeek)}${at}`,
    ]);
  }
  if (!parts.saysOn)
    throw new SentenceRefused(`"${name}" may be every one or the next one.`, [
      `every ${name}${at}`,
      `on ${sayDay(ahead === 0 ? coming + 7 * dayMs : coming)}${at}`,
    ]);
  if (ahead === 0)
    throw new SentenceRefused(`Today is ${name}: it may be today or in a week.`, [
      `today${at}`,
      `on ${sayDay(coming + 7 * dayMs)}${at}`,
    ]);
  return coming;
}

function dayOfDate(parts: Parts, clock: LocalClock, timezone: string, now: Date): Day {
  const { monthDays, months, year, times } = parts;
  const at = times?.[0] ? ` at ${showTime(times[0])}` : ' at 9:00';
  const [date] = monthDays!;
  if (monthDays!.length > 1 || (months && months.length > 1))
    throw new SentenceRefused(
      'Several days are several times: say "every", such as "on the 1st and 15th of every month at 9:00".',
    );
  const today = partsOf(clock.day);
  if (!months) {
    let next = dayOf(today.year, today.month, date!);
    for (let month = today.month; partsOf(next).date !== date || next <= clock.day; month += 1)
      next = dayOf(today.year, month + 1, date!);
    throw new SentenceRefused(`"the ${ordinal(date!)}" may be of every month or the next one.`, [
      `on the ${ordinal(date!)} of every month${at}`,
      `on ${sayDay(next)}${at}`,
    ]);
  }
  const month = months[0]!;
  if (year !== undefined) {
    const day = dayOf(year, month, date!);
    if (partsOf(day).date !== date)
      throw new SentenceRefused(`${monthNames[month - 1]} ${year} has no ${ordinal(date!)}.`);
    return day;
  }
  const time = times?.[0] ?? { hour: 23, minute: 59 };
  for (let ahead = 0; ahead <= 8; ahead += 1) {
    const day = dayOf(today.year + ahead, month, date!);
    if (partsOf(day).date === date && instantOf(day, time, timezone) > now) return day;
  }
  throw new SentenceRefused('There is no such day.');
}

/** @throws SentenceRefused with what can be said instead, or with both readings */
export function toInstant(parts: Parts, timezone: string, now: Date): Date {
  if (parts.between || parts.pastMinute !== undefined)
    throw new SentenceRefused(
      'Say how often, such as "every 15 minutes from 9:00 to 17:00" or "every hour at :15".',
    );
  const clock = readClock(timezone, now);
  const named = [parts.daysAhead, parts.inUnits, parts.instantMs, parts.weekdays, parts.monthDays];
  if (named.filter((part) => part !== undefined).length > 1)
    throw new SentenceRefused('The text says two days. Say one.');
  let at: Date;
  if (parts.instantMs !== undefined) at = new Date(parts.instantMs);
  else if (parts.inUnits) at = inUnits(parts, timezone, now);
  else if (parts.weekdays || parts.monthDays || parts.daysAhead !== undefined) {
    const day =
      parts.daysAhead !== undefined
        ? clock.day + parts.daysAhead * dayMs
        : parts.weekdays
          ? dayOfWeekday(parts, clock)
          : dayOfDate(parts, clock, timezone, now);
    at = instantOf(day, needTime(parts, day), timezone);
  } else {
    const time = onlyTime(parts);
    if (parts.months || parts.week)
      throw new SentenceRefused(
        'Say also on which day, such as "on 24 December at 18:00" or "next monday at 9:00".',
      );
    if (time === null)
      throw new SentenceRefused('Say when, such as "every weekday at 9" or "tomorrow at 9am".');
    const isOver = time.hour * 60 + time.minute <= clock.hour * 60 + clock.minute;
    throw new SentenceRefused('A time alone may be of every day or of one.', [
      `every day at ${showTime(time)}`,
      `${isOver ? 'tomorrow' : 'today'} at ${showTime(time)}`,
    ]);
  }
  if (at.getTime() <= now.getTime())
    throw new SentenceRefused(`That is over: it was ${sayInstant(at, timezone)}.`);
  if (at.getUTCFullYear() > lastYear)
    throw new SentenceRefused(`That is too far ahead: the year ${lastYear} is the last.`);
  return at;
}

/** `Thursday 24 December 2026 at 18:00`. */
export function sayInstant(at: Date, timezone: string): string {
  const { day, hour, minute } = readClock(timezone, at);
  return `${weekdayNames[partsOf(day).weekday]} ${sayDay(day)} at ${pad(hour)}:${pad(minute)}`;
}

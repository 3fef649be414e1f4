// When a workspace works. Pure: a calendar and instants give instants. Hours are those of the zone's wall clock; what passes between
// two instants is real time. A time that a clock change leaves out means the moment of the change. Of a time that comes twice
// an opening means the first and a closing the second, so that a place is open through the change.
import { checkTimezone } from '../triggers/next-fire.ts';
import { dayMs, type ZoneClock, zoneClock } from '../triggers/find-offset.ts';

export const weekdays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;
export type Weekday = (typeof weekdays)[number];

/** From and to as `HH:MM`, the end not included; `24:00` ends a day. Nights that go on past midnight are two. */
export type Hours = { from: string; to: string };

export type Calendar = {
  /** IANA name. */
  timezone: string;
  /** Absent or empty: closed. In order, without overlaps. */
  week: { [day in Weekday]?: Hours[] };
  /** Dates on which nothing is open, `YYYY-MM-DD`. */
  holidays: string[];
};

/** What holds until a workspace says something else. */
export const presetCalendar: Calendar = {
  timezone: 'UTC',
  week: Object.fromEntries(weekdays.slice(1, 6).map((day) => [day, [{ from: '09:00', to: '17:00' }]])),
  holidays: [],
};

const minuteMs = 60_000;
const dayMinutes = 24 * 60;
/** How far is looked ahead: a delay may last a year at most. */
export const furthestDays = 366;

const timeForm = /^([01]\d|2[0-3]):([0-5]\d)$/;
const dateForm = /^\d{4}-\d{2}-\d{2}$/;

/** Minutes since midnight; NaN for what is no time. */
export function minutesOf(time: string): number {
  if (time === '24:00') return dayMinutes;
  const parts = timeForm.exec(time);
  return parts ? Number(parts[1]) * 60 + Number(parts[2]) : Number.NaN;
}

/** Days since 1970 of a date; NaN for what is no date of the calendar. */
function dayOf(date: string): number {
  if (!dateForm.test(date)) return Number.NaN;
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date ? Number.NaN : ms / dayMs;
}

const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
const weekdayOf = (day: number): Weekday => weekdays[(((day + 4) % 7) + 7) % 7]!;

/** The instant at which the zone's clock shows these minutes of a day. */
function instantOf(zone: ZoneClock, day: number, minutes: number, which: 'first' | 'last'): number {
  const wallMs = day * dayMs + minutes * minuteMs;
  // Zones are at most 14 hours from UTC: a local day lies within these three UTC days.
  const changeMs = zone.findChange(day - 1, day + 2);
  const early = wallMs - zone.offsetAtMidnight(day - 1);
  if (changeMs === null) return early;
  const late = wallMs - zone.offsetAtMidnight(day + 2);
  const isBefore = early < changeMs;
  const isAfter = late >= changeMs;
  if (isBefore && isAfter) return which === 'first' ? early : late;
  if (isBefore) return early;
  return isAfter ? late : changeMs;
}

/** The opening hours of one local day as instants, in order. */
function openingsOf(calendar: Calendar, zone: ZoneClock, day: number): [startMs: number, endMs: number][] {
  const hours = calendar.week[weekdayOf(day)] ?? [];
  if (hours.length === 0 || calendar.holidays.includes(dateOf(day))) return [];
  return hours.map(({ from, to }) => {
    const end = minutesOf(to);
    // The first midnight belongs to the next day already.
    const endMs = instantOf(zone, day, end, end === dayMinutes ? 'first' : 'last');
    return [instantOf(zone, day, minutesOf(from), 'first'), endMs];
  });
}

/**
 * The instant at which so many seconds of working time have gone by, counted from `fromMs` and only while it is open. With 0
 * seconds: `fromMs` where it is open, else the next opening. Null: that does not come within a year, or ever.
 */
export function addWorkingTime(calendar: Calendar, fromMs: number, seconds: number): number | null {
  const zone = zoneClock(calendar.timezone);
  const firstDay = Math.floor(fromMs / dayMs) - 1;
  const latestMs = fromMs + furthestDays * dayMs;
  let leftMs = seconds * 1000;
  let atMs = fromMs;
  for (let day = firstDay; day <= firstDay + furthestDays + 2; day += 1)
    for (const [startMs, endMs] of openingsOf(calendar, zone, day)) {
      const beginMs = Math.max(startMs, atMs);
      if (beginMs >= endMs) continue;
      if (beginMs + leftMs <= endMs) return beginMs + leftMs > latestMs ? null : beginMs + leftMs;
      leftMs -= endMs - beginMs;
      atMs = endMs;
    }
  return null;
}

/** `fromMs` where it is open, else the next opening; null: none within a year. */
export const nextOpening = (calendar: Calendar, fromMs: number): number | null =>
  addWorkingTime(calendar, fromMs, 0);

/** True if there is any hour of any weekday at all. */
export const hasOpening = (calendar: Calendar): boolean =>
  weekdays.some((day) => (calendar.week[day] ?? []).length > 0);

/** What is wrong with a calendar, by place; empty when it can be kept. One that is never open is no fault. */
export function checkCalendar(calendar: Calendar): { path: string; code: string; message: string }[] {
  const problems: { path: string; code: string; message: string }[] = [];
  const zoneFault = checkTimezone(calendar.timezone);
  if (zoneFault) problems.push({ path: '/timezone', code: 'invalid_timezone', message: zoneFault });
  for (const day of weekdays) {
    let openUntil = 0;
    (calendar.week[day] ?? []).forEach(({ from, to }, index) => {
      const path = `/week/${day}/${index}`;
      const [start, end] = [minutesOf(from), minutesOf(to)];
      if (Number.isNaN(start) || start === dayMinutes || Number.isNaN(end))
        problems.push({
          path,
          code: 'invalid_time',
          message: 'Times are written 09:00; a day ends at 24:00.',
        });
      else if (end <= start)
        problems.push({
          path,
          code: 'invalid_time',
          message: `It closes at ${to} and opens at ${from}. Hours past midnight belong to the next day.`,
        });
      else if (start < openUntil)
        problems.push({ path, code: 'overlap', message: 'These hours overlap those before them.' });
      else openUntil = end;
    });
  }
  calendar.holidays.forEach((date, index) => {
    if (Number.isNaN(dayOf(date)))
      problems.push({
        path: `/holidays/${index}`,
        code: 'invalid_date',
        message: `There is no day "${date}". Write it as 2026-12-25.`,
      });
  });
  return problems;
}

// When a schedule fires next. Preview and firing use this one function. A schedule whose hours are named fires when the local
// clock first reaches each of its times: a time that a clock change leaves out fires once right after it, a repeated one only
// the first time. A schedule of every hour (`*`, `*/2`) follows real time.
import { dayMs, type ZoneClock, zoneClock } from './find-offset.ts';
import { type CronSchedule, matchesDate, readCron } from './read-cron.ts';

const minuteMs = 60_000;
/** 29 February may be eight years away; whatever has not fired in nine never does. */
const furthestDays = 9 * 366;
const mostSchedules = 5_000;
const schedules = new Map<string, CronSchedule>();

function scheduleOf(cron: string): CronSchedule {
  let schedule = schedules.get(cron);
  if (!schedule) {
    schedule = readCron(cron);
    if (schedules.size >= mostSchedules) schedules.clear();
    schedules.set(cron, schedule);
  }
  return schedule;
}

/** The first wall-clock minute of the day, in ms since its midnight, for which `isFirst` holds; null when there is none. */
function firstTime(schedule: CronSchedule, isFirst: (timeMs: number) => boolean): number | null {
  for (const hour of schedule.hours) {
    // Most hours are passed over by their last minute.
    if (!isFirst((hour * 60 + schedule.minutes.at(-1)!) * minuteMs)) continue;
    for (const minute of schedule.minutes)
      if (isFirst((hour * 60 + minute) * minuteMs)) return (hour * 60 + minute) * minuteMs;
  }
  return null;
}

/** The first firing of a local day later than `afterMs`, where the clock is changed at `changeMs`. */
function firstAroundChange(
  schedule: CronSchedule,
  dayStartMs: number,
  afterMs: number,
  changeMs: number,
  offsets: { before: number; after: number },
): number | null {
  let first: number | null = null;
  const offer = (instantMs: number) => {
    if (instantMs > afterMs && (first === null || instantMs < first)) first = instantMs;
  };
  for (const hour of schedule.hours)
    for (const minute of schedule.minutes) {
      const wallMs = dayStartMs + (hour * 60 + minute) * minuteMs;
      const [early, late] = [wallMs - offsets.before, wallMs - offsets.after];
      if (early < changeMs) offer(early);
      if (late >= changeMs && (schedule.everyHour || early >= changeMs)) offer(late);
      if (early >= changeMs && late < changeMs && !schedule.everyHour) offer(changeMs);
    }
  return first;
}

function firstOfDay(schedule: CronSchedule, zone: ZoneClock, day: number, afterMs: number): number | null {
  const dayStartMs = day * dayMs;
  // Zones are at most 14 hours from UTC: a local day lies within these three UTC days.
  const changeMs = zone.findChange(day - 1, day + 2);
  const before = zone.offsetAtMidnight(day - 1);
  if (changeMs !== null) {
    const offsets = { before, after: zone.offsetAtMidnight(day + 2) };
    return firstAroundChange(schedule, dayStartMs, afterMs, changeMs, offsets);
  }
  const time = firstTime(schedule, (timeMs) => dayStartMs + timeMs - before > afterMs);
  return time === null ? null : dayStartMs + time - before;
}

/** A schedule of one instant, as `nextFire` takes it. `at`: ISO 8601 with its offset from UTC. */
export const onceAt = (at: string): string => `@${at}`;

/** The instant of a schedule of one instant; null for cron. Throws RangeError for one that is none. */
function readOnce(schedule: string): number | null {
  if (!schedule.startsWith('@')) return null;
  const fault = checkAt(schedule.slice(1));
  if (fault) throw new RangeError(fault);
  return Date.parse(schedule.slice(1));
}

/**
 * The first instant after `after` at which the schedule fires, or null when there is none. A schedule is five fields of cron, or
 * `@` and one instant. Throws RangeError on a faulty schedule.
 */
export function nextFire(cron: string, timezone: string, after: Date): Date | null {
  const once = readOnce(cron);
  if (once !== null) return once > after.getTime() ? new Date(once) : null;
  const schedule = scheduleOf(cron);
  const zone = zoneClock(timezone);
  const afterMs = after.getTime();
  const utcDay = Math.floor(afterMs / dayMs);
  const today = Math.floor((afterMs + zone.offsetAtMidnight(utcDay)) / dayMs);
  let first: number | null = null;
  // From the day before, part of which may come once more; and one day on from a find, whose night may begin before a repeated hour ends.
  for (let day = today - 1, last = today + furthestDays; day <= last; day += 1) {
    const date = new Date(day * dayMs);
    if (!matchesDate(schedule, date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay())) continue;
    const found = firstOfDay(schedule, zone, day, afterMs);
    if (found === null || (first !== null && found >= first)) continue;
    first = found;
    last = Math.min(last, day + 1);
  }
  return first === null ? null : new Date(first);
}

/** What is wrong with a time zone, as a sentence; null when it is right. */
export function checkTimezone(timezone: string): string | null {
  try {
    zoneClock(timezone);
    return null;
  } catch {
    return `"${timezone.slice(0, 60)}" is no time zone. Use a name such as Europe/Berlin.`;
  }
}

/** What is wrong with the one instant of a schedule, as a sentence; null when it is right. */
export function checkAt(at: string): string | null {
  const isWritten = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(at);
  const year = Number(at.slice(0, 4));
  const isDay =
    isWritten && Number(at.slice(8, 10)) <= new Date(Date.UTC(year, Number(at.slice(5, 7)), 0)).getUTCDate();
  return isDay && !Number.isNaN(Date.parse(at)) && year >= 2000 && year <= 2100
    ? null
    : `"${at.slice(0, 60)}" is no instant. Write date, time and offset from UTC, such as 2026-12-24T17:00:00Z.`;
}

/** What is wrong with a schedule, as a sentence; null when it is right. */
export function checkCron(cron: string, timezone: string): string | null {
  const fault = checkTimezone(timezone);
  if (fault) return fault;
  try {
    // One instant is written as `at`: nothing but five fields is cron.
    readCron(cron);
    return nextFire(cron, timezone, new Date()) ? null : `"${cron}" never fires: no month has such a day.`;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `"${cron.slice(0, 100)}" is no schedule. ${error.message}`;
  }
}

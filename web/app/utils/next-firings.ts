/**
 * The next times of a five-field cron line, for showing while it is typed. The engine computes the real ones; around a
 * change of the clocks they may differ by the hour that is left out or comes twice.
 */
const names: Record<number, string[]> = {
  3: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  4: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};
const ranges = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;
const daysAhead = 366 * 4;

/** Milliseconds since 1970 of the next `count` times after `from`; null when the line cannot be read. */
export function nextFirings(cron: string, timeZone: string, from: number, count: number): number[] | null {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) return null;
  const [minutes, hours, days, months, weekdays] = fields.map(readField);
  if (!minutes || !hours || !days || !months || !weekdays) return null;
  const week = new Set([...weekdays].map((day) => day % 7));
  const anyDay = fields[2]!.startsWith('*');
  const anyWeekday = fields[4]!.startsWith('*');
  const found: number[] = [];
  const start = localParts(from, timeZone);
  for (let ahead = 0; ahead < daysAhead && found.length < count; ahead += 1) {
    const day = new Date(Date.UTC(start.year, start.month - 1, start.day + ahead));
    if (!months.has(day.getUTCMonth() + 1)) continue;
    const byDay = days.has(day.getUTCDate());
    const byWeekday = week.has(day.getUTCDay());
    if (anyDay || anyWeekday ? !(byDay && byWeekday) : !(byDay || byWeekday)) continue;
    for (const hour of [...hours].sort((a, b) => a - b))
      for (const minute of [...minutes].sort((a, b) => a - b)) {
        if (found.length >= count) break;
        const at = toInstant(day.getTime() + (hour * 60 + minute) * 60_000, timeZone);
        if (at > from) found.push(at);
      }
  }
  return found;
}

function readField(text: string, index: number): Set<number> | null {
  const [low, high] = ranges[index]!;
  const values = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const found = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/.exec(part);
    if (!found) return null;
    const from = found[1] === '*' ? low : toNumber(found[1]!, index);
    const to =
      found[2] !== undefined
        ? toNumber(found[2], index)
        : found[1] === '*' || found[3] !== undefined
          ? high
          : from;
    const by = Number(found[3] ?? 1);
    if (from === null || to === null || from < low || to > high || from > to || by < 1) return null;
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return values;
}

function toNumber(text: string, index: number): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  const at = names[index]?.indexOf(text) ?? -1;
  return at < 0 ? null : at + (index === 3 ? 1 : 0);
}

const formats = new Map<string, Intl.DateTimeFormat>();
function localParts(at: number, timeZone: string) {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  return {
    year: parts.year!,
    month: parts.month!,
    day: parts.day!,
    wall: Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!),
  };
}

/** The moment at which the clocks of a zone show `wall` (milliseconds as if it were UTC). */
function toInstant(wall: number, timeZone: string): number {
  const guess = wall - (localParts(wall, timeZone).wall - wall);
  return guess - (localParts(guess, timeZone).wall - wall);
}

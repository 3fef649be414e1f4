// What makes a sentence one of a rhythm: every, each, daily, on Mondays, twice a day.
import { put, type Parts } from './parts.ts';
import { monthOf, numberOf, ordinalOf, SentenceRefused, unitOf, weekdayOf } from './vocabulary.ts';
import type { WordReader } from './word-reader.ts';

const workdays = [1, 2, 3, 4, 5];
const weekend = [0, 6];

const everySecond = () =>
  new SentenceRefused(
    'A schedule cannot leave out every second time. Name the weekdays or the days of the month.',
  );
const lastOf = () =>
  new SentenceRefused(
    'A schedule cannot say "the last …": months are of different lengths. Name a day of the month (1st to 28th are in every month) or a weekday.',
  );
const nthWeekday = () =>
  new SentenceRefused(
    'A schedule cannot say which of a month’s weekdays. Say "every friday at 17:00", or a day of the month such as "on the 1st of every month at 17:00".',
  );

/** Weekdays with commas and `and` between them, or a range. Says whether they repeat by themselves (plural, range). */
export function readWeekdays(words: WordReader): { days: number[]; repeats: boolean } | null {
  let repeats = false;
  const days = words
    .readList(() => {
      if (weekdayOf(words.peek(1))) words.takesOne('every', 'each');
      const range = /^([a-z]+)-([a-z]+)$/.exec(words.peek());
      const from = range ? weekdayOf(range[1]!) : words.read(weekdayOf);
      if (from === null) return null;
      if (range && weekdayOf(range[2]!) === null) return null;
      repeats ||= from.isPlural;
      if (range) words.at += 1;
      const isRange = range !== null || words.takesOne('to', 'through', 'till', 'until') !== null;
      if (!isRange) return [from.day];
      const to = range ? weekdayOf(range[2]!) : words.read(weekdayOf);
      if (to === null) throw new SentenceRefused('After "to" another weekday is missing.');
      repeats = true;
      const span = [from.day];
      for (let day = from.day; day !== to.day; span.push(day)) day = (day + 1) % 7;
      return span;
    })
    .flat();
  return days.length === 0 ? null : { days: [...new Set(days)].sort((a, b) => a - b), repeats };
}

function readDayGroup(words: WordReader): number[] | null {
  if (words.takesOne('weekday', 'weekdays', 'workday', 'workdays') !== null) return workdays;
  if (words.takes('working', 'day') || words.takes('business', 'day')) return workdays;
  if (words.takes('working', 'days') || words.takes('business', 'days')) return workdays;
  if (words.takes('weekend', 'day') || words.takesOne('weekend', 'weekends') !== null) return weekend;
  return null;
}

function readAfterEvery(words: WordReader, parts: Parts): void {
  const group = readDayGroup(words);
  if (group) return put(parts, 'weekdays', group, 'on which weekdays');
  if (words.peek() === 'last') throw lastOf();
  if (words.peek() === 'other') throw everySecond();
  if (words.takes('half', 'an', 'hour') || words.takes('half', 'hour'))
    return put(parts, 'interval', { count: 30, unit: 'minute' }, 'how often');
  if (words.takes('quarter', 'of', 'an', 'hour') || words.takes('quarter', 'hour'))
    return put(parts, 'interval', { count: 15, unit: 'minute' }, 'how often');
  if (words.takes('quarter')) return put(parts, 'interval', { count: 3, unit: 'month' }, 'how often');
  if (words.takes('single')) return readAfterEvery(words, parts);
  const weekdays = readWeekdays(words);
  if (weekdays) return put(parts, 'weekdays', weekdays.days, 'on which weekdays');
  if (words.peek() === 'second' && words.peek(1) === '')
    throw new SentenceRefused('A minute is the shortest there is: "every minute".');
  const nth = ordinalOf(words.peek());
  if (nth !== null && weekdayOf(words.peek(1))) throw nthWeekday();
  const isCounted = nth ?? numberOf(words.peek());
  const unit = unitOf(words.peek(isCounted === null ? 0 : 1));
  if (unit !== null) {
    words.at += isCounted === null ? 1 : 2;
    return put(parts, 'interval', { count: isCounted ?? 1, unit }, 'how often');
  }
  // `every 1st of the month` and `every january on the 2nd` go on as dates.
  if (nth !== null || monthOf(words.peek()) !== null || words.peek() === 'day') return;
  if (isCounted !== null && monthOf(words.peek(1)) !== null) return;
  const said = words.peek();
  throw new SentenceRefused(
    said === 'second' || said === 'seconds' || words.peek(1).startsWith('second')
      ? 'A minute is the shortest there is: "every minute".'
      : `After "every" it is not understood what "${said.slice(0, 40)}" is. Say minutes, hours, a weekday, day, month or year.`,
  );
}

const adverbs = {
  hourly: 'hour',
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
  annually: 'year',
} as const;

/** `once a day`, `twice a day`, `three times a day`. */
function readCount(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  const count = words.takes('once')
    ? 1
    : words.takes('twice')
      ? 2
      : words.peek(1) === 'times'
        ? words.read(numberOf)
        : null;
  words.takes('times');
  if (count !== null && words.takesOne('a', 'an', 'every', 'each', 'per') !== null) {
    const unit = words.read(unitOf);
    if (unit !== null) {
      if (count > 1 && unit !== 'day')
        throw new SentenceRefused(
          'Several times can be said of a day alone: "twice a day at 8 and 20". Else name the weekdays, the days of the month or "every 30 minutes".',
        );
      put(parts, 'interval', { count: 1, unit }, 'how often');
      parts.repeats = true;
      if (unit === 'day') parts.timesADay = count;
      return true;
    }
  }
  words.at = before;
  return false;
}

/** Reads what says that, and how, a sentence repeats. */
export function readRepeat(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  words.takes('on');
  if (words.takesOne('every', 'each') !== null) {
    parts.repeats = true;
    readAfterEvery(words, parts);
    return true;
  }
  words.at = before;
  if (readCount(words, parts)) return true;
  const adverb = words.peek();
  if (Object.hasOwn(adverbs, adverb)) {
    words.at += 1;
    parts.repeats = true;
    put(parts, 'interval', { count: 1, unit: adverbs[adverb as keyof typeof adverbs] }, 'how often');
    return true;
  }
  if (words.takes('quarterly')) {
    parts.repeats = true;
    put(parts, 'interval', { count: 3, unit: 'month' }, 'how often');
    return true;
  }
  words.takes('on');
  const group = readDayGroup(words);
  if (group) {
    parts.repeats = true;
    put(parts, 'weekdays', group, 'on which weekdays');
    return true;
  }
  words.at = before;
  return false;
}

export { lastOf, nthWeekday };

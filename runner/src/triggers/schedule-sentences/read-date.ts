// Days that are named: weekdays, days of the month, dates in every way of writing them that has one meaning.
import { type Parts, put } from './parts.ts';
import { lastOf, nthWeekday, readWeekdays } from './read-repeat.ts';
import {
  monthNames,
  monthOf,
  numberOf,
  ordinal,
  ordinalOf,
  SentenceRefused,
  weekdayOf,
} from './vocabulary.ts';
import type { WordReader } from './word-reader.ts';

function putDate(parts: Parts, day: number, month: number, year?: number): void {
  const longest = month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31;
  if (month < 1 || month > 12 || day < 1 || day > longest)
    throw new SentenceRefused(
      month >= 1 && month <= 12
        ? `There is no ${ordinal(day)} of ${monthNames[month - 1]}.`
        : `There is no month ${month}.`,
    );
  put(parts, 'monthDays', [day], 'on which day');
  put(parts, 'months', [month], 'in which month');
  if (year !== undefined) put(parts, 'year', year, 'in which year');
}

/** `2026-12-24`, with `t18:00` and an offset from UTC where there is one; 24.12.2026; 24/12/2026 where only one reading is a date. */
function readWritten(words: WordReader, parts: Parts): boolean {
  const text = words.peek();
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:t(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text,
  );
  if (iso) {
    words.at += 1;
    const [, year, month, day, hour, minute, offset] = iso;
    if (offset !== undefined) {
      const at = Date.parse(text.toUpperCase());
      if (Number.isNaN(at)) throw new SentenceRefused(`"${text}" is no instant.`);
      put(parts, 'instantMs', at, 'when');
      return true;
    }
    putDate(parts, Number(day), Number(month), Number(year));
    if (hour !== undefined) {
      if (Number(hour) > 23 || Number(minute) > 59)
        throw new SentenceRefused(`"${text}" has no such time of day.`);
      put(parts, 'times', [{ hour: Number(hour), minute: Number(minute) }], 'at what time');
    }
    return true;
  }
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  const slashed = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?$/.exec(text);
  if (!dotted && !slashed) return false;
  words.at += 1;
  const [, one, two, year] = (dotted ?? slashed)!.map(Number) as [number, number, number, number];
  const rest: [number?] = Number.isNaN(year) || year === undefined ? [] : [year];
  if (dotted) putDate(parts, one, two, ...rest);
  else if (one === two || two > 12) putDate(parts, two > 12 ? two : one, two > 12 ? one : two, ...rest);
  else if (one > 12) putDate(parts, one, two, ...rest);
  else
    throw new SentenceRefused(`"${text}" may be two days. Say the month by its name.`, [
      ['on', one, monthNames[two - 1], ...rest].join(' '),
      ['on', two, monthNames[one - 1], ...rest].join(' '),
    ]);
  return true;
}

const readYear = (words: WordReader): number | undefined => {
  const before = words.at;
  words.takes(',');
  words.takes('in');
  const text = words.peek();
  if (/^(19|20)\d{2}$/.test(text)) {
    words.at += 1;
    return Number(text);
  }
  words.at = before;
  return undefined;
};

const dayNumber = (words: WordReader): number | null => {
  const before = words.at;
  words.takes('the');
  const day = words.read(ordinalOf) ?? words.read((word) => (/^\d{1,2}$/.test(word) ? Number(word) : null));
  if (day === null) words.at = before;
  return day;
};
const readMonths = (words: WordReader): number[] => words.readList(() => words.read(monthOf));

/** `of every month`, `of the month`, `of january and july`. */
function readOf(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  words.takesOne('of', 'in');
  if (words.takes('every', 'month') || words.takes('each', 'month') || words.takes('a', 'month')) {
    parts.repeats = true;
    return true;
  }
  if (words.takes('the', 'month')) return true;
  const isEvery = words.takesOne('every', 'each') !== null;
  const months = readMonths(words);
  if (months.length > 0) {
    if (isEvery) parts.repeats = true;
    put(parts, 'months', months, 'in which month');
    const year = readYear(words);
    if (year !== undefined) put(parts, 'year', year, 'in which year');
    return true;
  }
  words.at = before;
  return false;
}

function readMonthDays(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  words.takes('on');
  if (words.takes('the', 'last') || words.takes('last')) throw lastOf();
  // `december 24th, 2026`
  const month = words.read(monthOf);
  if (month !== null) {
    const day = dayNumber(words);
    if (day !== null && !/^(am|pm|oclock)$/.test(words.peek())) {
      putDate(parts, day, month, readYear(words));
      return true;
    }
    words.at = before;
    return false;
  }
  const isNamed = words.takes('day') || words.takes('days') || words.takes('the', 'day');
  const isOrdinal = ordinalOf(words.peek() === 'the' ? words.peek(1) : words.peek()) !== null;
  const isDayAndMonth = numberOf(words.peek()) !== null && monthOf(words.peek(1)) !== null;
  if (isNamed || isOrdinal || isDayAndMonth) {
    const days = words.readList(() => (isDayAndMonth ? words.read(numberOf) : dayNumber(words)));
    if (days.length > 0) {
      if (weekdayOf(words.peek())) throw nthWeekday();
      const wrong = days.find((day) => day < 1 || day > 31);
      if (wrong !== undefined) throw new SentenceRefused(`No month has a ${ordinal(wrong)}.`);
      put(
        parts,
        'monthDays',
        [...new Set(days)].sort((a, b) => a - b),
        'on which day',
      );
      words.takes('day');
      readOf(words, parts);
      return true;
    }
  }
  words.at = before;
  return false;
}

function readWeekday(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  const isNextWeek = words.takes('next', 'week');
  if (isNextWeek) put(parts, 'week', 'nextWeek', 'in which week');
  const saysOn = words.takes('on');
  words.takes('from');
  const which = isNextWeek ? null : words.takesOne('next', 'this', 'coming');
  const found = readWeekdays(words);
  if (found === null) {
    words.at = isNextWeek ? words.at - (saysOn ? 1 : 0) : before;
    return isNextWeek;
  }
  put(parts, 'weekdays', found.days, 'on which weekdays');
  if (found.repeats) parts.repeats = true;
  if (saysOn) parts.saysOn = true;
  if (which !== null) put(parts, 'week', which === 'next' ? 'next' : 'this', 'in which week');
  if (words.takes('next', 'week')) put(parts, 'week', 'nextWeek', 'in which week');
  return true;
}

/** Reads a day that is named. */
export function readDate(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  words.takes('on');
  if (readWritten(words, parts)) return true;
  words.at = before;
  if (readWeekday(words, parts)) return true;
  if (readMonthDays(words, parts)) return true;
  if (words.peek() === 'in' || words.peek() === 'of' || monthOf(words.peek()) !== null) {
    if (words.peek() === 'of' || monthOf(words.peek()) !== null || monthOf(words.peek(1)) !== null)
      return readOf(words, parts);
  }
  return false;
}

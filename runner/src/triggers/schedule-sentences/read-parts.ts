// What a sentence says, part by part, in any order: each part once. What the parts come to is decided elsewhere.
import { type Parts, put } from './parts.ts';
import { readDate } from './read-date.ts';
import { readRepeat } from './read-repeat.ts';
import { readTime } from './read-time.ts';
import { monthOf, numberOf, ordinalOf, SentenceRefused, type Unit, unitOf, weekdayOf } from './vocabulary.ts';
import type { WordReader } from './word-reader.ts';

const zones = new Set('utc gmt z cet cest est edt cst cdt mst mdt pst pdt bst ist jst'.split(' '));
const hints: { [word: string]: string } = {
  other: 'A schedule cannot leave out every second time. Name the weekdays or the days of the month.',
  biweekly: 'A schedule cannot leave out every second week. Name the weekdays or the days of the month.',
  fortnightly: 'A schedule cannot leave out every second week. Name the weekdays or the days of the month.',
  fortnight: 'A schedule cannot leave out every second week. Name the weekdays or the days of the month.',
  last: 'A schedule cannot say "the last …": months are of different lengths. Name a day of the month (1st to 28th are in every month) or a weekday.',
};
for (const word of ['except', 'but', 'unless', 'not', 'if', 'excluding', 'skipping'])
  hints[word] =
    'A schedule cannot have exceptions. Say which days it is, and filter the rest in the first step.';
for (const word of ['starting', 'beginning', 'until', 'till', 'since', 'through'])
  hints[word] = 'A schedule has no first or last day. Turn the workflow on and off when it is time.';
for (const word of ['morning', 'afternoon', 'evening', 'night', 'tonight', 'lunchtime'])
  hints[word] = 'Say the time of day as a number, such as 9:00 or 6pm.';
for (const word of ['sunrise', 'sunset', 'dawn', 'dusk', 'easter', 'christmas'])
  hints[word] = 'Days and times that move cannot be said here. Say a date and a time.';
for (const word of ['second', 'seconds', 'secs'])
  hints[word] = 'A minute is the shortest there is: "every minute".';

export const possible =
  'Say for instance "every weekday at 9", "every 15 minutes", "on the 1st of every month at 8:30", "tomorrow at 9am" or "on 24 December at 18:00".';

function readAmount(words: WordReader): { count: number; unit: Unit } | null {
  const before = words.at;
  const give = (count: number, unit: Unit) => ({ count, unit });
  if (words.takes('half', 'an', 'hour') || words.takes('half', 'hour')) return give(30, 'minute');
  if (words.takes('a', 'quarter', 'of', 'an', 'hour') || words.takes('quarter', 'of', 'an', 'hour'))
    return give(15, 'minute');
  const count = words.takesOne('a', 'an') !== null ? 1 : words.read(numberOf);
  const unit = count === null ? null : words.read(unitOf);
  if (count !== null && unit !== null) return give(count, unit);
  words.at = before;
  return null;
}

/** `in 2 hours and 30 minutes`, `2 hours from now`. */
function readAhead(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  const saysIn = words.takes('in');
  const amounts = words.readList(() => readAmount(words));
  const isWhole = amounts.length === 1 && amounts[0]!.unit === 'hour' && amounts[0]!.count === 1;
  if (isWhole && words.takes('and', 'a', 'half')) amounts.push({ count: 30, unit: 'minute' });
  if (amounts.length > 0 && (saysIn || words.takes('from', 'now'))) {
    put(parts, 'inUnits', amounts, 'how long it is until then');
    return true;
  }
  words.at = before;
  return false;
}

function readBetween(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  const opener = words.takesOne('between', 'from');
  if (opener === null) return false;
  const from = readTime(words);
  const joins = opener === 'between' ? ['and', 'to'] : ['to', 'until', 'till'];
  const to = from && words.takesOne(...joins) !== null ? readTime(words) : null;
  if (from && to) {
    put(parts, 'between', { from, to }, 'between which hours');
    return true;
  }
  words.at = before;
  return false;
}

/** `at :15`, `at 15 minutes past`, `at minute 15`. */
function readPastMinute(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  words.takes('at');
  const colon = /^:(\d{2})$/.exec(words.peek());
  let minute: number | null = null;
  if (colon) {
    words.at += 1;
    minute = Number(colon[1]);
  } else if (words.takes('minute')) minute = words.read(numberOf);
  else {
    minute = words.takes('quarter') ? 15 : words.takes('half') ? 30 : words.read(numberOf);
    words.takesOne('minutes', 'minute');
    const isPast = words.takes('past', 'the', 'hour') || words.takes('past', 'every', 'hour');
    const isBare =
      !isPast && (parts.interval?.unit === 'hour' || words.words.includes('hour')) && words.takes('past');
    if (minute === null || (!isPast && !(isBare && numberOf(words.peek()) === null))) minute = null;
  }
  if (minute !== null && minute < 60) {
    put(parts, 'pastMinute', minute, 'at which minute of the hour');
    return true;
  }
  words.at = before;
  return false;
}

function readTimes(words: WordReader, parts: Parts): boolean {
  const before = words.at;
  words.takes('at');
  const times = words.readList(() => {
    words.takes('at');
    return readTime(words);
  });
  if (times.length > 0) {
    put(parts, 'times', times, 'at what time');
    return true;
  }
  words.at = before;
  return false;
}

function readRelativeDay(words: WordReader, parts: Parts): boolean {
  const isAfter = words.takes('the', 'day', 'after', 'tomorrow') || words.takes('day', 'after', 'tomorrow');
  const days = isAfter ? 2 : words.takes('tomorrow') ? 1 : words.takes('today') ? 0 : null;
  if (days === null) return false;
  put(parts, 'daysAhead', days, 'on which day');
  return true;
}

const readers = [
  readRelativeDay,
  readAhead,
  readBetween,
  readPastMinute,
  readRepeat,
  readDate,
  readTimes,
] as const;

function refuseWord(words: WordReader): never {
  while (words.takesOne('at', 'on', 'in', 'the') !== null);
  const word = words.peek();
  if (word === '') throw new SentenceRefused(`The text ends too early. ${possible}`);
  if (zones.has(word))
    throw new SentenceRefused('The time zone is chosen beside the text; leave it out of the sentence.');
  if (word === 'or') throw new SentenceRefused('"or" leaves it open. Say one time, or several with "and".');
  const hint = Object.hasOwn(hints, word) ? hints[word] : undefined;
  if (hint !== undefined) throw new SentenceRefused(hint);
  const isKnown = weekdayOf(word) ?? monthOf(word) ?? numberOf(word) ?? ordinalOf(word) ?? unitOf(word);
  throw new SentenceRefused(
    isKnown === null
      ? `"${word.slice(0, 40)}" is not understood. ${possible}`
      : `It is not clear what "${word.slice(0, 40)}" is to mean there. ${possible}`,
  );
}

/** All parts of a sentence. @throws SentenceRefused for a word that has no place in it */
export function readParts(words: WordReader): Parts {
  const parts: Parts = { repeats: false };
  while (!words.isDone) {
    if (words.takesOne(',', 'please', 'and') !== null) continue;
    // "once, tomorrow at 9"; "once a day" was read as a rhythm.
    if (!readers.some((read) => read(words, parts)) && !words.takes('once')) refuseWord(words);
  }
  return parts;
}

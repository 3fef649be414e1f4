// The words that schedules are said with. English only; every list is closed.

/** A sentence that is not taken, with what can be said instead. */
export class SentenceRefused extends Error {
  /** Of an ambiguous text: what it may mean, each as a sentence that is taken. */
  readonly readings: readonly string[];
  constructor(message: string, readings: readonly string[] = []) {
    super(message);
    this.readings = readings;
  }
}

export const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const short: { [word: string]: string } = {
  tues: 'tue',
  weds: 'wed',
  thur: 'thu',
  thurs: 'thu',
  sept: 'sep',
};
const indexOf = (names: readonly string[], word: string): number => {
  const known = (Object.hasOwn(short, word) && short[word]) || word;
  return names.findIndex((name) => {
    const lower = name.toLowerCase();
    return known === lower || known === lower.slice(0, 3);
  });
};

/** 0 (Sunday) to 6, and whether it was said in the plural; null for other words. */
export function weekdayOf(word: string): { day: number; isPlural: boolean } | null {
  const day = indexOf(weekdayNames, word);
  if (day >= 0) return { day, isPlural: false };
  const plural = word.endsWith('s')
    ? weekdayNames.findIndex((name) => `${name.toLowerCase()}s` === word)
    : -1;
  return plural >= 0 ? { day: plural, isPlural: true } : null;
}

/** 1 to 12; null for other words. */
export const monthOf = (word: string): number | null => {
  const month = indexOf(monthNames, word);
  return month < 0 ? null : month + 1;
};

const ones = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen'
  .concat(' sixteen seventeen eighteen nineteen twenty')
  .split(' ');
const tens: { [word: string]: number } = {
  thirty: 30,
  'forty-five': 45,
  forty: 40,
  fifty: 50,
  'twenty-five': 25,
};

/** A whole number in digits or words, 0 to 9999; null for other words. */
export function numberOf(word: string): number | null {
  if (/^\d{1,4}$/.test(word)) return Number(word);
  const place = ones.indexOf(word);
  return place >= 0 ? place : Object.hasOwn(tens, word) ? tens[word]! : null;
}

const ordinals = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(
  ' ',
);

/** `1st`, `22nd`, `first`; null for other words. A wrong ending (`1th`) is no ordinal. */
export function ordinalOf(word: string): number | null {
  const place = ordinals.indexOf(word);
  if (place >= 0) return place + 1;
  const found = /^(\d{1,2})(st|nd|rd|th)$/.exec(word);
  if (!found) return null;
  const value = Number(found[1]);
  const last = value % 100 >= 11 && value % 100 <= 13 ? 0 : value % 10;
  const ending = last === 1 ? 'st' : last === 2 ? 'nd' : last === 3 ? 'rd' : 'th';
  return found[2] === ending ? value : null;
}

export type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
const units: { [word: string]: Unit } = {
  minute: 'minute',
  min: 'minute',
  mins: 'minute',
  hour: 'hour',
  hr: 'hour',
  hrs: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
  year: 'year',
};
/** `minutes`, `hour`, …; null for other words. */
export const unitOf = (word: string): Unit | null =>
  (Object.hasOwn(units, word) && units[word]) ||
  (word.endsWith('s') && Object.hasOwn(units, word.slice(0, -1)) && units[word.slice(0, -1)]) ||
  null;

export const pad = (value: number): string => String(value).padStart(2, '0');
export const ordinal = (value: number): string => {
  const last = value >= 11 && value <= 13 ? 0 : value % 10;
  return `${value}${last === 1 ? 'st' : last === 2 ? 'nd' : last === 3 ? 'rd' : 'th'}`;
};
/** `a, b and c`. */
export const list = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

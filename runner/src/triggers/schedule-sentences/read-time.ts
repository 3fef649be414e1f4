// A time of day. Hours without am or pm are those of the 24-hour clock.
import { numberOf, pad, SentenceRefused } from './vocabulary.ts';
import type { WordReader } from './word-reader.ts';

export type Time = { hour: number; minute: number; isMidnight?: boolean };

export const showTime = ({ hour, minute }: Time): string => `${pad(hour)}:${pad(minute)}`;

const wrong = (text: string) =>
  new SentenceRefused(`"${text}" is no time of day. Say it as 9:30, 18:00, 9am or noon.`);

function build(hour: number, minute: number, half: string | undefined, text: string): Time {
  if (minute > 59) throw wrong(text);
  if (half === undefined) {
    if (hour > 23) throw wrong(text);
    return { hour, minute };
  }
  if (hour < 1 || hour > 12) throw wrong(text);
  return { hour: (hour % 12) + (half === 'pm' ? 12 : 0), minute };
}

/** `in the morning` and such after an hour of the 12-hour clock. */
function takeHalf(words: WordReader): string | undefined {
  const half = words.takesOne('am', 'pm');
  if (half !== null) return half;
  if (words.takes('in', 'the', 'morning')) return 'am';
  if (words.takes('in', 'the', 'afternoon') || words.takes('in', 'the', 'evening')) return 'pm';
  return undefined;
}

const withHalf = (words: WordReader, hour: number, minute: number, text: string): Time => {
  const half = takeHalf(words);
  // "18 in the evening" says the same twice.
  return build(hour, minute, half !== undefined && hour > 12 ? undefined : half, text);
};

function readAround(words: WordReader): Time | null {
  const [first, second, third] = [words.peek(), words.peek(1), words.peek(2)];
  if (first === 'half' && second !== 'past' && numberOf(second) !== null) {
    const hour = numberOf(second)!;
    throw new SentenceRefused(`"half ${second}" may mean two times.`, [
      `at ${showTime({ hour: (hour + 23) % 24, minute: 30 })}`,
      `at ${showTime({ hour: hour % 24, minute: 30 })}`,
    ]);
  }
  const amount = first === 'half' ? 30 : first === 'quarter' ? 15 : numberOf(first);
  const hour = numberOf(third);
  if (amount === null || hour === null || amount > 59 || (second !== 'past' && second !== 'to')) return null;
  // `from 9 to 17` is no "nine to seventeen": minutes before an hour are quarters or said with a quarter of them.
  if (second === 'to' && first !== 'quarter') return null;
  if (hour > 23) return null;
  words.at += 3;
  const { hour: full } = withHalf(words, hour, 0, `${first} ${second} ${third}`);
  return second === 'past' ? { hour: full, minute: amount } : { hour: (full + 23) % 24, minute: 60 - amount };
}

/** The time that comes next; null when none does. @throws SentenceRefused for one that cannot be */
export function readTime(words: WordReader): Time | null {
  if (words.takesOne('noon', 'midday') !== null) return { hour: 12, minute: 0 };
  if (words.takesOne('midnight') !== null) return { hour: 0, minute: 0, isMidnight: true };
  const around = readAround(words);
  if (around) return around;
  const text = words.peek();
  const found = /^(\d{1,2})(?:[:.](\d{2}))?(am|pm)?$/.exec(text);
  if (found) {
    words.at += 1;
    words.takes('oclock');
    const [, hour, minute = '0', half] = found;
    if (half !== undefined) return build(Number(hour), Number(minute), half, text);
    return withHalf(words, Number(hour), Number(minute), text);
  }
  const hour = /^[a-z-]+$/.test(text) ? numberOf(text) : null;
  if (hour === null || hour > 24) return null;
  words.at += 1;
  words.takes('oclock');
  return withHalf(words, hour, 0, text);
}

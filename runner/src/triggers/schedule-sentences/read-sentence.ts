// A schedule said in a plain sentence: a rhythm becomes five fields of cron, one time an instant. A closed grammar of English: what
// has no one meaning is refused, with its readings or with what can be said. Pure.
import { checkTimezone, nextFire } from '../next-fire.ts';
import { readCron } from '../read-cron.ts';
import { possible, readParts } from './read-parts.ts';
import { sayInstant, toInstant } from './to-instant.ts';
import { toCron } from './to-cron.ts';
import { SentenceRefused } from './vocabulary.ts';
import { longestSentence, splitWords, WordReader } from './word-reader.ts';

export { longestSentence } from './word-reader.ts';

export type Said =
  | { ok: true; kind: 'cron'; cron: string; says: string }
  | { ok: true; kind: 'at'; at: Date; says: string }
  /** `readings`: sentences that are taken, of which an ambiguous one may mean any. */
  | { ok: false; message: string; readings: readonly string[] };

const isCron = (text: string): boolean => {
  try {
    readCron(text);
    return /[\d*]/.test(text);
  } catch {
    return false;
  }
};

/**
 * Reads a sentence of at most 200 characters, in a zone and at an instant. Time grows with the length alone.
 * @throws RangeError for a time zone that there is not
 */
export function readSentence(text: string, { timezone, now }: { timezone: string; now: Date }): Said {
  const fault = checkTimezone(timezone);
  if (fault) throw new RangeError(fault);
  try {
    if (text.length <= longestSentence && isCron(text))
      return rhythm(text.trim().split(/\s+/).join(' '), 'As the cron line says', timezone, now);
    const words = new WordReader(splitWords(text));
    if (words.isDone) throw new SentenceRefused(`Say when. ${possible}`);
    const parts = readParts(words);
    if (parts.repeats) {
      const { cron, says } = toCron(parts);
      return rhythm(cron, says, timezone, now);
    }
    const at = toInstant(parts, timezone, now);
    return { ok: true, kind: 'at', at, says: `Once, on ${sayInstant(at, timezone)} (${timezone})` };
  } catch (error) {
    if (!(error instanceof SentenceRefused)) throw error;
    return { ok: false, message: error.message, readings: error.readings };
  }
}

function rhythm(cron: string, says: string, timezone: string, now: Date): Said {
  if (nextFire(cron, timezone, now) === null)
    throw new SentenceRefused('That never comes: no month has such a day.');
  return { ok: true, kind: 'cron', cron, says: `${says} (${timezone})` };
}

/** The next instants of a schedule (five fields, or `@instant`) after `now`, by the function that fires it: at most `count`. */
export function nextFirings(schedule: string, timezone: string, now: Date, count: number): Date[] {
  const found: Date[] = [];
  for (let after: Date | null = now; found.length < count;) {
    after = nextFire(schedule, timezone, after);
    if (after === null) break;
    found.push(after);
  }
  return found;
}

// What a sentence can say, part by part.
import type { Time } from './read-time.ts';
import { SentenceRefused, type Unit } from './vocabulary.ts';

export type Parts = {
  /** Said with every, each, daily, on Mondays, … */
  repeats: boolean;
  interval?: { count: number; unit: Unit };
  /** Times a day, as in `twice a day`. */
  timesADay?: number;
  weekdays?: number[];
  /** How one weekday was said: `next monday`, `this monday`, `monday next week`. */
  week?: 'next' | 'this' | 'nextWeek';
  monthDays?: number[];
  months?: number[];
  year?: number;
  times?: Time[];
  /** Minute of each hour. */
  pastMinute?: number;
  between?: { from: Time; to: Time };
  /** Days from today. */
  daysAhead?: number;
  inUnits?: { count: number; unit: Unit }[];
  /** Said with its offset from UTC, ms since 1970. */
  instantMs?: number;
  /** `on` stood before the weekday. */
  saysOn?: boolean;
};

/** Sets one part. @throws SentenceRefused when it was said before */
export function put<Name extends keyof Parts>(
  parts: Parts,
  name: Name,
  value: Parts[Name],
  what: string,
): void {
  if (parts[name] !== undefined) throw new SentenceRefused(`The text says twice ${what}. Say it once.`);
  parts[name] = value;
}

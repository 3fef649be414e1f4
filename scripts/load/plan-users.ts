import type { Options } from './k6/messages.ts';

export type Plan = {
  /** Threads to start. */
  mostUsers: number;
  /** Iterations over all users; null: as many as fit in the time. */
  iterations: number | null;
  /** When no further iteration begins; null: when the iterations are used up. */
  durationMs: number | null;
  /** How many users may begin iterations at a time after the start. */
  usersAt(elapsedMs: number): number;
};

const known = [
  'vus',
  'duration',
  'iterations',
  'stages',
  'thresholds',
  'summaryTrendStats',
  'tags',
  'userAgent',
];
const longestByIterationsMs = 10 * 60_000;

/**
 * Reads what a k6 script asks for.
 *
 * @throws for options that would change the test and are not known here, instead of measuring something else
 */
export function planUsers(options: Options): Plan {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`This runner does not know the options ${unknown.join(', ')}; run the script with k6.`);
  }
  if (options.stages !== undefined) return planStages(options.stages, options.vus ?? 1);
  const users = options.vus ?? 1;
  const iterations = options.iterations ?? (options.duration === undefined ? users : null);
  const limitMs = iterations === null ? null : longestByIterationsMs;
  return {
    mostUsers: iterations === null ? users : Math.min(users, iterations),
    iterations,
    durationMs: options.duration === undefined ? limitMs : readDuration(options.duration),
    usersAt: () => users,
  };
}

function planStages(stages: { duration: string; target: number }[], startUsers: number): Plan {
  const steps = stages.map((stage) => ({ lastsMs: readDuration(stage.duration), target: stage.target }));
  const usersAt = (elapsedMs: number): number => {
    let from = startUsers;
    let left = elapsedMs;
    for (const step of steps) {
      // A stage of no length is a jump.
      if (left < step.lastsMs) return Math.round(from + ((step.target - from) * left) / step.lastsMs);
      left -= step.lastsMs;
      from = step.target;
    }
    return from;
  };
  return {
    mostUsers: Math.max(startUsers, ...steps.map((step) => step.target)),
    iterations: null,
    durationMs: steps.reduce((sum, step) => sum + step.lastsMs, 0),
    usersAt,
  };
}

/** Reads "1m30s", "500ms" or "2h" as milliseconds. */
export function readDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    throw new Error(`"${text}" is not a duration like 30s or 1m30s.`);
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
  return [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * units[unit as keyof typeof units],
    0,
  );
}

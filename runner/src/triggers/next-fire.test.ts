import { readFileSync } from 'node:fs';
import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCron, checkTimezone, nextFire } from './next-fire.ts';

type Corpus = {
  cases: { id: string; cron: string; tz: string; start_exclusive: string; expected: string[] }[];
  invalid_expressions: { id: string; cron: string }[];
  invalid_zones: { id: string; tz: string }[];
};
const corpus = JSON.parse(
  readFileSync(new URL('../../fixtures/corpora/cron-dst.json', import.meta.url), 'utf8'),
) as Corpus;

function take(cron: string, timezone: string, after: Date, count: number): string[] {
  const found: string[] = [];
  let last: Date | null = after;
  while (found.length < count && (last = nextFire(cron, timezone, last)))
    found.push(last.toISOString().replace('.000Z', 'Z'));
  return found;
}

describe('the corpus of clock changes (W5)', () => {
  test.each(corpus.cases.map((entry) => [entry.id, entry] as const))('%s', (_id, entry) => {
    const { cron, tz, start_exclusive: start, expected } = entry;
    expect(take(cron, tz, new Date(start), expected.length)).toEqual(expected);
    expect(checkCron(cron, tz)).toBe(null);
  });

  test.each(corpus.invalid_expressions.map((entry) => [entry.id, entry.cron] as const))(
    '%s is refused with a sentence: %j',
    (_id, cron) => {
      expect(checkCron(cron, 'UTC')).toMatch(/^[A-Z"].*[a-z].*\.$/s);
    },
  );

  test.each(corpus.invalid_zones.map((entry) => [entry.id, entry.tz] as const))(
    '%s is no time zone: %j',
    (_id, zone) => {
      expect(checkTimezone(zone)).toContain('is no time zone');
      expect(checkCron('0 9 * * *', zone)).toContain('is no time zone');
    },
  );

  test('is read whole', () => {
    expect(corpus.cases).toHaveLength(41);
  });
});

describe('a schedule', () => {
  test('that is faulty says which field is wrong and what it may be', () => {
    expect(checkCron('60 * * * *', 'UTC')).toBe(
      '"60 * * * *" is no schedule. The minute is 0 to 59, not 60.',
    );
    expect(checkCron('0 9 * * MONDAY', 'UTC')).toContain('The day of the week cannot be "MONDAY"');
    expect(checkCron('0 22-6 * * *', 'UTC')).toContain('goes backwards');
    expect(checkCron('0 0 30 2 *', 'UTC')).toContain('never fires');
    expect(checkCron('every day', 'UTC')).toContain('five fields');
    expect(checkCron('0 9 * * 1-5', 'Europe/Berlin')).toBe(null);
    expect(checkCron('0 9 * * 1-5', '+02:00')).toContain('is no time zone');
  });

  test('from Friday to Sunday fires on three days', () => {
    const days = take('0 0 * * FRI-SUN', 'UTC', new Date('2026-01-01T12:00:00Z'), 4);
    expect(days).toEqual([
      '2026-01-02T00:00:00Z',
      '2026-01-03T00:00:00Z',
      '2026-01-04T00:00:00Z',
      '2026-01-09T00:00:00Z',
    ]);
    expect(take('0 0 * * 5-7', 'UTC', new Date('2026-01-01T12:00:00Z'), 4)).toEqual(days);
  });

  test('that never fires is found out', () => {
    expect(nextFire('0 0 31 4,6,9,11 *', 'America/New_York', new Date())).toBe(null);
    expect(nextFire('0 0 29 2 *', 'UTC', new Date('2096-03-01'))).toEqual(new Date('2104-02-29'));
  });

  test('of every minute catches up over two months', () => {
    let at = new Date('2026-02-15T00:00:00Z');
    for (let count = 0; count < 86_400; count += 1) at = nextFire('* * * * *', 'Europe/Berlin', at)!;
    expect(at.toISOString()).toBe('2026-04-16T00:00:00.000Z');
  });
});

const zones = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Europe/Dublin',
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Santiago',
  'America/St_Johns',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
];
const field = (least: number, most: number, step = 30) =>
  fc.oneof(
    { arbitrary: fc.constant('*'), weight: 3 },
    { arbitrary: fc.integer({ min: least, max: most }).map(String), weight: 3 },
    fc.integer({ min: 2, max: step }).map((by) => `*/${by}`),
    fc
      .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc
      .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 2, maxLength: 4 })
      .map((values) => values.join(',')),
  );
const crons = fc
  .tuple(field(0, 59), field(0, 23, 12), field(1, 28), field(1, 12, 6), field(0, 6, 3))
  .map((texts) => texts.join(' '));
const instants = fc.integer({ min: 1_000_000_000, max: 2_100_000_000 }).map((s) => new Date(s * 1000));

describe('any schedule', () => {
  test('fires strictly later, never backwards, and ten at once are ten single steps', () => {
    fc.assert(
      fc.property(crons, fc.constantFrom(...zones), instants, (cron, zone, start) => {
        const preview = take(cron, zone, start, 10);
        let after = start;
        for (const at of preview) {
          const next = nextFire(cron, zone, after)!;
          expect(next.getTime()).toBeGreaterThan(after.getTime());
          expect(next.toISOString().replace('.000Z', 'Z')).toBe(at);
          // Whoever looks a moment before it finds the same.
          expect(nextFire(cron, zone, new Date(next.getTime() - 1))).toEqual(next);
          after = next;
        }
        expect(preview).toHaveLength(10);
      }),
      { numRuns: 500 },
    );
  });

  test('agrees with croner where no clock is ever changed', () => {
    fc.assert(
      fc.property(crons, instants, (cron, start) => {
        const theirs = new Cron(cron, { timezone: 'UTC', paused: true, mode: '5-part' }).nextRun(start);
        expect(nextFire(cron, 'UTC', start)).toEqual(theirs);
      }),
      { numRuns: 500 },
    );
  });

  test('agrees with a clock that is watched minute by minute over a change', () => {
    const changes = [
      ['America/New_York', '2026-03-08T07:00:00Z'],
      ['America/New_York', '2026-11-01T06:00:00Z'],
      ['Europe/Berlin', '2026-10-25T01:00:00Z'],
      ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
      ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
      ['Antarctica/Troll', '2026-03-29T01:00:00Z'],
      ['Antarctica/Troll', '2026-10-25T01:00:00Z'],
      ['Africa/Cairo', '2026-10-29T21:00:00Z'],
      ['America/Santiago', '2026-09-06T04:00:00Z'],
      // One minute past midnight, so that a repeated hour begins before the date changes.
      ['America/St_Johns', '2010-11-07T02:31:00Z'],
      ['America/St_Johns', '2010-03-14T03:31:00Z'],
      ['Pacific/Apia', '2011-12-30T10:00:00Z'],
    ] as const;
    const times = fc.tuple(field(0, 59), field(0, 23, 5)).map((texts) => `${texts.join(' ')} * * *`);
    fc.assert(
      fc.property(times, fc.constantFrom(...changes), (cron, [zone, change]) => {
        const from = Date.parse(change) - 16 * 3_600_000;
        const expected = watchClock(cron, zone, from, from + 44 * 3_600_000);
        const found: number[] = [];
        for (let at = nextFire(cron, zone, new Date(from)); at; at = nextFire(cron, zone, at)) {
          if (at.getTime() > from + 44 * 3_600_000) break;
          found.push(at.getTime());
        }
        expect(found.map((at) => new Date(at).toISOString())).toEqual(
          expected.map((at) => new Date(at).toISOString()),
        );
      }),
      { numRuns: 80 },
    );
  });
});

const valuesOf = (text: string, most: number): number[] =>
  text.split(',').flatMap((part) => {
    const [range, step] = part.split('/') as [string, string?];
    const [low, high] = range === '*' ? [0, most] : range.split('-').map(Number);
    return Array.from({ length: most + 1 }, (_, value) => value).filter(
      (value) => value >= low! && value <= (high ?? low!) && (value - low!) % Number(step ?? 1) === 0,
    );
  });

const walls = new Map<string, number>();

/** The policy told another way: look at the wall clock each minute. Daily schedules only. */
function watchClock(cron: string, zone: string, fromMs: number, untilMs: number): number[] {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const read = (at: number): number => {
    const key = `${zone} ${at}`;
    let wall = walls.get(key);
    if (wall === undefined) walls.set(key, (wall = Date.parse(`${format.format(at).replace(' ', 'T')}Z`)));
    return wall;
  };
  const [minutes, hours] = cron.split(' ') as [string, string];
  const times = new Set(
    valuesOf(hours, 23).flatMap((hour) => valuesOf(minutes, 59).map((m) => hour * 60 + m)),
  );
  const matches = (wall: number): boolean => times.has((wall / 60_000) % 1440);
  const fired: number[] = [];
  // The furthest the clock has been: what it has not passed yet is new, what it shows again is a repetition.
  let furthest = read(fromMs);
  for (let at = fromMs + 60_000; at <= untilMs; at += 60_000) {
    const wall = read(at);
    if (hours.startsWith('*')) {
      if (matches(wall)) fired.push(at);
    } else {
      for (let passed = furthest + 60_000; passed <= wall; passed += 60_000)
        if (matches(passed)) {
          fired.push(at);
          break;
        }
    }
    furthest = Math.max(furthest, wall);
  }
  return fired;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addWorkingTime,
  type Calendar,
  checkCalendar,
  hasOpening,
  nextOpening,
  presetCalendar,
} from './working-hours.ts';

const at = (text: string): number => Date.parse(text);
const shown = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString().replace('.000', '');
const weekly = (timezone: string, more: Partial<Calendar> = {}): Calendar => ({
  ...presetCalendar,
  timezone,
  ...more,
});
const always: Calendar['week'] = Object.fromEntries(
  ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'].map((day) => [
    day,
    [{ from: '00:00', to: '24:00' }],
  ]),
);
const hour = 3600;

describe('the next opening', () => {
  test.each([
    ['Europe/Berlin', '2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z', 'at once while it is open'],
    ['Europe/Berlin', '2026-11-20T07:59:59Z', '2026-11-20T08:00:00Z', 'in the morning'],
    ['Europe/Berlin', '2026-11-20T16:00:00Z', '2026-11-23T08:00:00Z', 'after the closing of Friday'],
    ['America/New_York', '2026-11-20T10:00:00Z', '2026-11-20T14:00:00Z', 'in another zone'],
    ['Pacific/Auckland', '2026-11-20T10:00:00Z', '2026-11-22T20:00:00Z', 'where it is Saturday already'],
    ['Asia/Kathmandu', '2026-11-20T00:00:00Z', '2026-11-20T03:15:00Z', 'at a quarter of an hour from UTC'],
    ['Pacific/Kiritimati', '2026-11-18T18:59:00Z', '2026-11-18T19:00:00Z', 'fourteen hours ahead'],
    ['Pacific/Pago_Pago', '2026-11-18T19:59:00Z', '2026-11-18T20:00:00Z', 'eleven hours behind'],
  ])('in %s from %s is %s: %s', (timezone, from, expected) => {
    expect(shown(nextOpening(weekly(timezone), at(from)))).toBe(expected);
  });

  test('passes over holidays, also over the turn of the year', () => {
    const calendar = weekly('Europe/Berlin', {
      holidays: ['2026-12-24', '2026-12-25', '2026-12-31', '2027-01-01'],
    });
    expect(shown(nextOpening(calendar, at('2026-12-23T17:00:00Z')))).toBe('2026-12-28T08:00:00Z');
    expect(shown(nextOpening(calendar, at('2026-12-30T17:00:00Z')))).toBe('2027-01-04T08:00:00Z');
  });

  test('is another instant after a clock change, at the same time of the wall clock', () => {
    const berlin = weekly('Europe/Berlin');
    expect(shown(nextOpening(berlin, at('2026-03-27T18:00:00Z')))).toBe('2026-03-30T07:00:00Z');
    expect(shown(nextOpening(berlin, at('2026-10-23T18:00:00Z')))).toBe('2026-10-26T08:00:00Z');
  });

  test('at a time that the clock leaves out is the moment of the change; at one that comes twice the first', () => {
    const night = weekly('Europe/Berlin', { week: { sunday: [{ from: '02:30', to: '05:00' }] } });
    expect(shown(nextOpening(night, at('2026-03-28T20:00:00Z')))).toBe('2026-03-29T01:00:00Z');
    expect(shown(nextOpening(night, at('2026-10-24T20:00:00Z')))).toBe('2026-10-25T00:30:00Z');
  });

  test('does not come when nothing is ever open, or when every day of the year is a holiday', () => {
    const never = weekly('UTC', { week: {} });
    expect(nextOpening(never, at('2026-11-20T10:00:00Z'))).toBeNull();
    expect(hasOpening(never)).toBe(false);
    const sundays = Array.from({ length: 60 }, (_, week) =>
      new Date(at('2026-11-22T00:00:00Z') + week * 7 * 86_400_000).toISOString().slice(0, 10),
    );
    const closed = weekly('UTC', { week: { sunday: [{ from: '10:00', to: '11:00' }] }, holidays: sundays });
    expect(nextOpening(closed, at('2026-11-20T10:00:00Z'))).toBeNull();
  });
});

describe('working time', () => {
  test('goes by only while it is open', () => {
    const berlin = weekly('Europe/Berlin');
    expect(shown(addWorkingTime(berlin, at('2026-11-20T14:00:00Z'), 4 * hour))).toBe('2026-11-23T10:00:00Z');
    expect(shown(addWorkingTime(berlin, at('2026-11-21T10:00:00Z'), 8 * hour))).toBe('2026-11-23T16:00:00Z');
    expect(shown(addWorkingTime(berlin, at('2026-11-21T10:00:00Z'), 8 * hour + 1))).toBe(
      '2026-11-24T08:00:01Z',
    );
  });

  test('goes on after a break in the middle of the day', () => {
    const split = weekly('UTC', {
      week: {
        friday: [
          { from: '09:00', to: '12:00' },
          { from: '13:00', to: '17:00' },
        ],
      },
    });
    expect(shown(addWorkingTime(split, at('2026-11-20T11:30:00Z'), hour))).toBe('2026-11-20T13:30:00Z');
  });

  test('over the turn of the year passes over the holidays', () => {
    const calendar = weekly('America/New_York', { holidays: ['2027-01-01'] });
    expect(shown(addWorkingTime(calendar, at('2026-12-31T20:00:00Z'), 4 * hour))).toBe(
      '2027-01-04T16:00:00Z',
    );
  });

  test('is real time: a night with a clock change has an hour less or more', () => {
    const nights = weekly('Europe/Berlin', { week: { sunday: [{ from: '00:00', to: '06:00' }] } });
    expect(shown(addWorkingTime(nights, at('2026-03-28T20:00:00Z'), 5 * hour))).toBe('2026-03-29T04:00:00Z');
    expect(shown(addWorkingTime(nights, at('2026-10-24T20:00:00Z'), 7 * hour))).toBe('2026-10-25T05:00:00Z');
  });

  test('where the clock goes back at midnight a day ends at the first one', () => {
    const havana = weekly('America/Havana', { week: { saturday: [{ from: '20:00', to: '24:00' }] } });
    // On 1 November 2026 at one o'clock it is midnight again.
    expect(addWorkingTime(havana, at('2026-10-31T23:00:00Z'), 5 * hour)).not.toBe(at('2026-11-01T05:00:00Z'));
    expect(shown(addWorkingTime(havana, at('2026-10-31T23:00:00Z'), 4 * hour))).toBe('2026-11-01T04:00:00Z');
  });

  test('of more than a year does not come', () => {
    expect(addWorkingTime(weekly('UTC'), at('2026-11-20T10:00:00Z'), 366 * 24 * hour)).toBeNull();
  });
});

describe('any calendar', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Havana',
    'Asia/Gaza',
    'Africa/Casablanca',
    'Pacific/Apia',
  ];
  const from = fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') });
  const seconds = fc.integer({ min: 0, max: 14 * 24 * hour });

  test('that is always open counts every second, through every clock change', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), from, seconds, (timezone, fromMs, count) => {
        expect(addWorkingTime(weekly(timezone, { week: always }), fromMs, count)).toBe(fromMs + count * 1000);
      }),
      { numRuns: 150 },
    );
  });

  test('gives the same instant whether time is counted at once or in two parts, and never one before', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), from, seconds, seconds, (timezone, fromMs, first, second) => {
        const calendar = weekly(timezone);
        const halfway = addWorkingTime(calendar, fromMs, first)!;
        expect(halfway).toBeGreaterThanOrEqual(fromMs + first * 1000);
        const whole = addWorkingTime(calendar, fromMs, first + second);
        // A part that ends exactly at closing time goes on at the same instant.
        expect(addWorkingTime(calendar, halfway, second)).toBe(
          second === 0 ? nextOpening(calendar, halfway) : whole,
        );
      }),
      { numRuns: 150 },
    );
  });
});

describe('a calendar', () => {
  test('is refused by the place of what is wrong', () => {
    expect(checkCalendar(presetCalendar)).toEqual([]);
    const faults = checkCalendar({
      timezone: 'Nowhere/Land',
      week: {
        monday: [
          { from: '09:00', to: '12:00' },
          { from: '11:00', to: '17:00' },
        ],
        tuesday: [{ from: '17:00', to: '09:00' }],
        friday: [{ from: '9', to: '17:00' }],
      },
      holidays: ['2026-02-29', '2028-02-29', 'Christmas'],
    });
    expect(faults.map(({ path }) => path)).toEqual([
      '/timezone',
      '/week/monday/1',
      '/week/tuesday/0',
      '/week/friday/0',
      '/holidays/0',
      '/holidays/2',
    ]);
  });
});

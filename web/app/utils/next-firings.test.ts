import { expect, it } from 'vitest';
import { nextFirings } from './next-firings.ts';

const from = Date.parse('2026-11-20T08:30:00Z'); // a Friday
const times = (cron: string, zone = 'UTC', count = 3) =>
  nextFirings(cron, zone, from, count)!.map((at) => new Date(at).toISOString().slice(0, 16));

it('shows the next times of common rhythms', () => {
  expect(times('*/15 * * * *')).toEqual(['2026-11-20T08:45', '2026-11-20T09:00', '2026-11-20T09:15']);
  expect(times('0 9 * * 1-5')).toEqual(['2026-11-20T09:00', '2026-11-23T09:00', '2026-11-24T09:00']);
  expect(times('0 9 1 * *', 'UTC', 2)).toEqual(['2026-12-01T09:00', '2027-01-01T09:00']);
  expect(times('30 6 * jan mon', 'UTC', 1)).toEqual(['2027-01-04T06:30']);
  expect(times('0 0 29 2 *', 'UTC', 1)).toEqual(['2028-02-29T00:00']);
});

it('shows times of the zone, in winter and in summer', () => {
  expect(times('0 9 * * *', 'Europe/Berlin', 1)).toEqual(['2026-11-21T08:00']);
  expect(nextFirings('0 9 * * *', 'America/New_York', Date.parse('2026-07-01T00:00:00Z'), 1)).toEqual([
    Date.parse('2026-07-01T13:00:00Z'),
  ]);
});

it('takes day of the month or day of the week when both are given', () => {
  expect(times('0 0 1 * 0', 'UTC', 2)).toEqual(['2026-11-22T00:00', '2026-11-29T00:00']);
  expect(times('0 0 * * 7', 'UTC', 1)).toEqual(['2026-11-22T00:00']);
});

it('says null for a line that cannot be read', () => {
  for (const wrong of ['', '* * * *', '61 * * * *', 'a b c d e', '5-1 * * * *', '*/0 * * * *'])
    expect(nextFirings(wrong, 'UTC', from, 1)).toBeNull();
});

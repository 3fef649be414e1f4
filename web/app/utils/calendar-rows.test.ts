import { expect, test } from 'vitest';
import { datesOfText, hoursOfText, textOfHours } from './calendar-rows.ts';

test('hours are read as people write them and shown one way', () => {
  const split = [
    { from: '09:00', to: '12:00' },
    { from: '13:00', to: '17:30' },
  ];
  expect(hoursOfText('9-12, 13:00 to 17:30')).toEqual(split);
  expect(hoursOfText(textOfHours(split))).toEqual(split);
  expect(hoursOfText('00:00–24:00')).toEqual([{ from: '00:00', to: '24:00' }]);
  expect(hoursOfText(' ')).toEqual([]);
  expect(hoursOfText('nine to five')).toBeNull();
  expect(textOfHours(undefined)).toBe('');
});

test('days off are read line by line, each once', () => {
  expect(datesOfText('2026-12-25\n2026-01-01, 2026-12-25')).toEqual(['2026-01-01', '2026-12-25']);
});

/** The calendar of a workspace as a form shows it: one line of text a day, one a holiday. Pure. */
import type { Calendar } from '../types/api.ts';

export const weekdayKeys = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type WeekdayKey = (typeof weekdayKeys)[number];

/** `09:00-12:00, 13:00-17:00`; empty for a closed day. */
export const textOfHours = (hours: Calendar['week'][WeekdayKey]): string =>
  (hours ?? []).map(({ from, to }) => `${from}–${to}`).join(', ');

/** Null: this cannot be read. `9-17`, `09:00–12:00, 13:00 to 17:00` and the like are read. */
export function hoursOfText(text: string): { from: string; to: string }[] | null {
  if (text.trim() === '') return [];
  const hours = text.split(/[,;]/).map((part) => {
    const found = /^\s*(\d{1,2})(?::(\d{2}))?\s*(?:-|–|—|to)\s*(\d{1,2})(?::(\d{2}))?\s*$/i.exec(part);
    if (!found) return null;
    const [, fromHour, fromMinute = '00', toHour, toMinute = '00'] = found;
    return {
      from: `${fromHour!.padStart(2, '0')}:${fromMinute}`,
      to: `${toHour!.padStart(2, '0')}:${toMinute}`,
    };
  });
  return hours.includes(null) ? null : (hours as { from: string; to: string }[]);
}

/** Dates, one a line or separated by commas or spaces, in order and each once. */
export const datesOfText = (text: string): string[] =>
  [...new Set(text.split(/[\s,;]+/).filter((part) => part !== ''))].toSorted();

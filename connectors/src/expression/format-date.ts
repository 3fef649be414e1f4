import { ExpressionError } from './expression-error.ts';
import { fieldsAt, offsetAt, offsetText, type CalendarFields } from './zone-time.ts';

const token = /'([^']*)'|yyyy|yy|MMMM|MMM|MM|M|dd|d|EEEE|EEE|HH|H|hh|h|mm|m|ss|s|SSS|a|XXX|X|[A-Za-z]+/g;
const longestPattern = 200;

type Moment = { moment: number; zone: string; language: string; fields: CalendarFields };

const two = (value: number): string => String(value).padStart(2, '0');
const hour12 = (hour: number): number => (hour % 12 === 0 ? 12 : hour % 12);

const writers: { [token: string]: (at: Moment) => string } = {
  yyyy: ({ fields }) => String(fields.year).padStart(4, '0'),
  yy: ({ fields }) => two(Math.abs(fields.year) % 100),
  MMMM: (at) => named(at, { month: 'long' }),
  MMM: (at) => named(at, { month: 'short' }),
  MM: ({ fields }) => two(fields.month),
  M: ({ fields }) => String(fields.month),
  dd: ({ fields }) => two(fields.day),
  d: ({ fields }) => String(fields.day),
  EEEE: (at) => named(at, { weekday: 'long' }),
  EEE: (at) => named(at, { weekday: 'short' }),
  HH: ({ fields }) => two(fields.hour),
  H: ({ fields }) => String(fields.hour),
  hh: ({ fields }) => two(hour12(fields.hour)),
  h: ({ fields }) => String(hour12(fields.hour)),
  mm: ({ fields }) => two(fields.minute),
  m: ({ fields }) => String(fields.minute),
  ss: ({ fields }) => two(fields.second),
  s: ({ fields }) => String(fields.second),
  SSS: ({ moment }) => String(((moment % 1000) + 1000) % 1000).padStart(3, '0'),
  a: ({ fields }) => (fields.hour < 12 ? 'AM' : 'PM'),
  XXX: ({ moment, zone }) => offsetText(offsetAt(moment, zone)),
  X: ({ moment, zone }) => offsetText(offsetAt(moment, zone)).replace(':', ''),
};

/**
 * Writes a moment (milliseconds since 1970) by a pattern such as `EEE d MMM yyyy, HH:mm`; letters in '…' stay.
 * @throws ExpressionError bad_value for unknown letters, zone or language
 */
export function formatMoment(moment: number, pattern: string, zone: string, language: string): string {
  if (pattern.length > longestPattern)
    throw new ExpressionError('expression_limit', `A date pattern may have ${longestPattern} characters.`);
  const at = { moment, zone, language, fields: fieldsAt(moment, zone) };
  return pattern.replace(token, (found: string, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted;
    const writer = Object.hasOwn(writers, found) ? writers[found] : undefined;
    if (writer) return writer(at);
    throw new ExpressionError(
      'bad_value',
      `\`${found}\` is no part of a date pattern: put words in single quotes; known are ${Object.keys(writers).join(' ')}.`,
    );
  });
}

function named(at: Moment, part: { month?: 'long' | 'short'; weekday?: 'long' | 'short' }): string {
  try {
    return new Intl.DateTimeFormat(at.language, { ...part, timeZone: at.zone }).format(at.moment);
  } catch {
    throw new ExpressionError(
      'bad_value',
      `\`${at.language.slice(0, 40)}\` is not a language: write a tag such as "en" or "de-DE".`,
    );
  }
}

/** Reads a date that is written in a pattern: the parts of a date, anything else as it stands. */
import { ExpressionError } from '../expression-error.ts';
import { readDate } from '../read-date.ts';

type Field = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'milliseconds' | 'half';

const parts: { [part: string]: [Field, RegExp] } = {
  yyyy: ['year', /^\d{4}/],
  yy: ['year', /^\d{2}/],
  MM: ['month', /^\d{2}/],
  M: ['month', /^\d{1,2}/],
  dd: ['day', /^\d{2}/],
  d: ['day', /^\d{1,2}/],
  HH: ['hour', /^\d{2}/],
  H: ['hour', /^\d{1,2}/],
  hh: ['hour', /^\d{2}/],
  h: ['hour', /^\d{1,2}/],
  mm: ['minute', /^\d{2}/],
  m: ['minute', /^\d{1,2}/],
  ss: ['second', /^\d{2}/],
  s: ['second', /^\d{1,2}/],
  SSS: ['milliseconds', /^\d{3}/],
  a: ['half', /^[AaPp][Mm]/],
};

/** A letter that repeats, a text in quotes, or one other character. */
const piece = /'([^']*)'|([A-Za-z])\2*|[^A-Za-z]/gy;

/** An hour of a clock with two halves, of the whole day. */
function wholeHour(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

/**
 * @param zone where the text's clock hangs; UTC if undefined
 * @returns milliseconds since 1970
 * @throws ExpressionError bad_value
 */
export function parseDate(text: string, pattern: string, zone: string | undefined): number {
  const found: { [field in Field]?: string } = {};
  let rest = text.trim();
  const refuse = (): never => {
    throw new ExpressionError(
      'bad_value',
      `"${text.slice(0, 60)}" is not written as the pattern "${pattern.slice(0, 60)}" says.`,
    );
  };
  if (pattern.length > 100 || text.length > 1000) refuse();
  for (const [whole, quoted, letter] of pattern.matchAll(piece)) {
    if (letter === undefined) {
      const literal = quoted ?? whole;
      if (!rest.startsWith(literal)) refuse();
      rest = rest.slice(literal.length);
      continue;
    }
    const part = Object.hasOwn(parts, whole) ? parts[whole] : undefined;
    if (part === undefined)
      throw new ExpressionError(
        'bad_value',
        `"${whole}" is no part of a date pattern: use ${Object.keys(parts).join(' ')}, and quotes around words.`,
      );
    const value = part[1].exec(rest)?.[0] ?? refuse();
    found[part[0]] = value;
    rest = rest.slice(value.length);
  }
  if (rest !== '' || found.year === undefined) refuse();
  const year = found.year?.length === 2 ? `20${found.year}` : found.year;
  const two = (value: string | undefined, preset: string): string => (value ?? preset).padStart(2, '0');
  const hour = String(wholeHour(Number(found.hour ?? 0), found.half));
  const time = `${two(hour, '0')}:${two(found.minute, '0')}:${two(found.second, '0')}.${found.milliseconds ?? '000'}`;
  return readDate(`${year}-${two(found.month, '1')}-${two(found.day, '1')}T${time}`, zone ?? 'UTC');
}

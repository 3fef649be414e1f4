/** Takes out of a foreign document what a connector must not hold, and stops where it is endless. */
import type { Json } from '../json.ts';
import { ImportError } from './import-error.ts';

const mostValues = 6_000_000;
const deepest = 300;

/**
 * A copy with plain objects, without the member `__proto__`, NUL, halves of characters, and numbers that are none.
 * @throws ImportError `too_large` for more than six million values or 300 levels, as circles of YAML anchors have
 */
export function cleanDocument(document: unknown): Json {
  let values = 0;
  const clean = (value: unknown, depth: number): Json => {
    values += 1;
    if (values > mostValues)
      throw new ImportError('too_large', `The document has more than ${mostValues} values.`);
    if (depth > deepest)
      throw new ImportError('too_large', `The document is nested more than ${deepest} levels deep.`);
    if (typeof value === 'string') return cleanText(value);
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'bigint') return Number(value);
    if (typeof value !== 'object') return null;
    if (Array.isArray(value)) return Array.from(value, (entry) => clean(entry, depth + 1));
    if (value instanceof Date) return value.toISOString();
    const copy: { [key: string]: Json } = {};
    for (const [key, member] of Object.entries(value)) {
      const name = cleanText(key);
      if (name !== '__proto__') copy[name] = clean(member, depth + 1);
    }
    return copy;
  };
  return clean(document, 0);
}

function cleanText(text: string): string {
  return text.includes('\u0000') || !text.isWellFormed()
    ? text.replaceAll('\u0000', '').toWellFormed()
    : text;
}

// What may be stored: PostgreSQL takes neither U+0000 in text nor lone surrogates in jsonb, so they are refused by path.
import { z } from 'zod';

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000');

function isStorableTree(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => isStorable(name) && isStorableTree(member));
}

/** A longer text for people. */
export const noteText = (most: number) =>
  z.string().max(most).refine(isStorable, 'must not contain the character U+0000');

/** An object that goes into a jsonb column. `most`: characters as JSON. */
export const storedObject = (most: number) =>
  z
    .record(z.string(), z.unknown())
    .refine(isStorableTree, 'must not contain the character U+0000 or half a character')
    .refine((value) => JSON.stringify(value).length <= most, `must not be longer than ${most} characters`);

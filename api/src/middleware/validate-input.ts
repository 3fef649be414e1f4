// From zod's issues to our problems: JSON pointers, a code and a sentence, and never the value itself.
import type { z } from 'zod';
import { invalidInput, notFound, type Problem } from '../fail.ts';

const pointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

function problemsOf(issue: z.core.$ZodIssue, base: readonly PropertyKey[]): Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, 20).map((key) => ({
      path: pointer([...path, key]),
      code: 'unknown_member',
      message: `"${shorten(key)}" is not known here.`,
    }));
  const name = path.length === 0 ? 'The body' : String(path.at(-1));
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  if (missing || /received undefined/.test(issue.message))
    return [{ path: pointer(path), code: 'missing', message: `${shorten(name)} is missing.` }];
  return [{ path: pointer(path), code: issue.code, message: `${shorten(name)}: ${issue.message}` }];
}

/** Parses body or query. @throws CodedError invalid_input with details.problems */
export function validateInput(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidInput(parsed.error.issues.slice(0, 50).flatMap((issue) => problemsOf(issue, [])));
}

/** Parses path parameters: what cannot be an id is an id of nothing. @throws CodedError not_found */
export function validateParams(schema: z.ZodType | undefined, value: { [name: string]: string }): unknown {
  if (!schema) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw notFound(String(parsed.error.issues[0]?.path[0] ?? 'address').replace(/Id$/, ''));
}

// The failures that many handlers share, in the same words everywhere.
import { CodedError } from '@weftline/runner/platform/errors';

/** A fault of the input: a JSON pointer, a short code and a sentence. */
export type Problem = { path: string; code: string; message: string };

/** 404. The same for a stranger's row and a missing one. Input: the noun, as in `workflow`. */
export const notFound = (noun: string): CodedError =>
  new CodedError({ code: 'not_found', message: `There is no such ${noun} in this workspace.` });

/** 422 with the named faults. */
export const invalidInput = (problems: readonly Problem[], message?: string): CodedError =>
  new CodedError({
    code: 'invalid_input',
    message:
      message ??
      (problems.length === 1 ? problems[0]!.message : `${problems.length} things in the input are wrong.`),
    details: { problems },
  });

/** 409. */
export const conflict = (message: string, details?: unknown): CodedError =>
  new CodedError({ code: 'conflict', message, details });

/** 401. */
export const notSignedIn = (message = 'Sign in, or send a valid access token or API key.'): CodedError =>
  new CodedError({ code: 'not_signed_in', message });

/** 403. */
export const notAllowed = (message: string): CodedError => new CodedError({ code: 'not_allowed', message });

/** Throws 404 unless exactly the one row was changed. */
export function assertFound(count: number, noun: string): void {
  if (count === 0) throw notFound(noun);
}

// What PostgreSQL and Prisma say, in our words. Their texts carry values and names, so none of it is passed on.
import { CodedError } from '@weftline/runner/platform/errors';

type Loose = { code?: unknown; name?: unknown; message?: unknown; cause?: unknown; meta?: unknown };

const unavailable = (cause: unknown): CodedError =>
  new CodedError({
    code: 'unavailable',
    message: 'The database cannot answer just now. Try again in a few seconds.',
    retryAfterMs: 1_000,
    cause,
  });
const badText = (cause: unknown): CodedError =>
  new CodedError({
    code: 'invalid_input',
    message: 'A value cannot be stored: it holds a NUL character, broken text or a number out of range.',
    details: { problems: [{ path: '', code: 'bad_value', message: 'A value cannot be stored.' }] },
    cause,
  });
const taken = (cause: unknown): CodedError =>
  new CodedError({ code: 'conflict', message: 'Something with this name or key is already there.', cause });

/** SQLSTATE classes and codes that mean: the server cannot just now. */
const busy = /^(08|53|57P|55P03|40001|40P01|57014|25006|25P03|58)/;
const unfit = /^(22|23502|23514)/;
const networkCodes = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/;
/** Prisma's own: cannot reach, timed out, pool empty, transaction could not begin or ran out of time. */
const prismaBusy = /^(P1001|P1002|P1008|P1017|P2024|P2028|P2034|P2037)$/;
const prismaUnfit = /^(P2000|P2005|P2006|P2007|P2009|P2011|P2012|P2013|P2019|P2020|P2023|P2033)$/;

function judge(code: string, cause: unknown): CodedError | null {
  if (code === '23505' || code === 'P2002') return taken(cause);
  if (code === '23503' || code === 'P2003')
    return new CodedError({
      code: 'conflict',
      message: 'This belongs together with something that is not there.',
      cause,
    });
  if (code === 'P2025')
    return new CodedError({ code: 'not_found', message: 'There is nothing here.', cause });
  if (busy.test(code) || networkCodes.test(code) || prismaBusy.test(code)) return unavailable(cause);
  if (unfit.test(code) || prismaUnfit.test(code)) return badText(cause);
  return null;
}

/** Codes of an error and of what it wraps, outermost last: the innermost knows best. */
function codesOf(thrown: unknown, depth = 0): string[] {
  if (typeof thrown !== 'object' || thrown === null || depth > 5) return [];
  const { code, cause, meta } = thrown as Loose;
  const adapter = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  const original = (thrown as { originalCode?: unknown }).originalCode;
  return [
    ...codesOf(cause, depth + 1),
    ...codesOf(adapter, depth + 1),
    ...[original, code].filter((one) => typeof one === 'string'),
  ];
}

/** Our error for one of the database's, or null when it is none of those a caller or time can mend. */
export function translateDatabaseError(thrown: unknown): CodedError | null {
  for (const code of codesOf(thrown)) {
    const found = judge(code, thrown);
    if (found) return found;
  }
  const text = thrown instanceof Error ? thrown.message : '';
  if (
    /timeout exceeded when trying to connect|Connection terminated|Cannot use a pool after|server closed the connection|is not queryable|Client was closed/i.test(
      text,
    )
  )
    return unavailable(thrown);
  if (/invalid byte sequence for encoding|unsupported Unicode escape/i.test(text)) return badText(thrown);
  return null;
}

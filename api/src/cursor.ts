// Lists: `?limit&cursor` in, {data, nextCursor, hasMore} out. A cursor is opaque, signed, and good for one list of one tenant.
import { z } from 'zod';
import type { Context } from './context.ts';
import type { Answer } from './define-route.ts';
import { invalidInput } from './fail.ts';

/** Query members of every list; extend it with filters: `pageQuery.extend({ status: … })`. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Rows a page, at most 200.'),
  cursor: z.string().max(2_000).optional().describe('nextCursor of the page before.'),
});

/** The answer of a list, for `responses`. */
export const pageOf = <T extends z.ZodType>(row: T) =>
  z.object({ data: z.array(row), nextCursor: z.string().nullable(), hasMore: z.boolean() });

/** Where the last page ended: what the order is by. */
export type Position = string | number | (string | number)[];

const scope = (context: Context): string =>
  `${context.someone?.tenantId ?? ''} ${context.someone?.userId ?? ''} ${context.operationId}`;

function signCursor(context: Context, position: Position): string {
  const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
  const signature = context.services.vault.sign('cursor', `${scope(context)} ${payload}`);
  return `${payload}.${signature.toString('base64url')}`;
}

function openCursor(context: Context, cursor: string): Position {
  const [payload = '', signature = '', ...rest] = cursor.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  if (
    rest.length > 0 ||
    bytes.length === 0 ||
    !context.services.vault.verify('cursor', `${scope(context)} ${payload}`, bytes)
  )
    throw invalidInput([
      {
        path: '/cursor',
        code: 'bad_cursor',
        message: 'This cursor is not one of this list. Begin again without it.',
      },
    ]);
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Position;
}

/**
 * Opens a page. `after` is the position where the last page ended, undefined for the first;
 * fetch `take` rows (one more than asked for) and give them to `answer`.
 */
export function openPage<P extends Position = string>(
  context: Context,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): {
  after: P | undefined;
  take: number;
  answer<Row>(rows: readonly Row[], positionOf: (row: Row) => P, present: (row: Row) => unknown): Answer;
} {
  return {
    after: cursor === undefined ? undefined : (openCursor(context, cursor) as P),
    take: limit + 1,
    answer(rows, positionOf, present) {
      const shown = rows.slice(0, limit);
      const hasMore = rows.length > limit;
      const last = shown.at(-1);
      const nextCursor = hasMore && last !== undefined ? signCursor(context, positionOf(last)) : null;
      const headers: { [name: string]: string } = {};
      if (nextCursor !== null) {
        const next = new URL(context.request.url);
        next.searchParams.set('cursor', nextCursor);
        headers.link = `<${next.pathname}${next.search}>; rel="next"`;
      }
      return { status: 200, headers, body: { data: shown.map(present), nextCursor, hasMore } };
    },
  };
}

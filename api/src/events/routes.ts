// The journal of all runs of a workspace, for a stretch of time.
import type { Prisma } from '@weftline/prisma';
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { invalidInput } from '../fail.ts';
import { firstIdAt } from '../runs/find-run.ts';
import { id, instant, paramsOf } from '../schema.ts';

type Row = Prisma.RunEventGetPayload<object>;

const longestDays = 31;
const dayMs = 24 * 3_600_000;

const event = z.object({
  runId: id,
  seq: z.number().int(),
  type: z.string(),
  step: z.string().nullable(),
  at: instant,
  payload: z.unknown(),
});
const present = ({ runId, seq, type, step, at, payload }: Row) => ({
  runId,
  seq,
  type,
  step,
  at: at.toISOString(),
  payload: JSON.parse(payload) as unknown,
});

/** @throws CodedError invalid_input: a stretch that ends before it begins, or is longer than 31 days */
function checkStretch(from: Date, to: Date): void {
  const wrong = (path: string, message: string) => invalidInput([{ path, code: 'bad_range', message }]);
  if (to <= from) throw wrong('/to', 'to must be later than from.');
  if (to.getTime() - from.getTime() > longestDays * dayMs)
    throw wrong('/from', `Ask for at most ${longestDays} days at once.`);
}

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: '/tenants/{tenantId}/events',
      operationId: 'listEvents',
      summary: 'Journal entries of all runs, the oldest first',
      description: `A stretch of at most ${longestDays} days: \`from\` is needed, \`to\` is now unless said otherwise.`,
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: pageQuery.extend({ from: instant, to: instant.optional() }),
      example: { query: { from: new Date(Date.now() - dayMs).toISOString() } },
      responses: { 200: { description: 'Journal entries.', schema: pageOf(event) } },
    },
    async ({ context, query }) => {
      const { tenantId, services } = context;
      const from = new Date(query.from);
      const to = query.to === undefined ? services.clock() : new Date(query.to);
      checkStretch(from, to);
      const page = openPage<[string, string, number]>(context, query);
      const { after } = page;
      const rows = await context.read((tx) =>
        tx.runEvent.findMany({
          where: {
            tenantId,
            at: { gte: from, lt: to },
            // A run is older than its entries: later partitions need not be read.
            runId: { lt: firstIdAt(new Date(to.getTime() + 60_000)) },
            ...(after
              ? {
                  OR: [
                    { at: { gt: after[0] } },
                    { at: after[0], runId: { gt: after[1] } },
                    { at: after[0], runId: after[1], seq: { gt: after[2] } },
                  ],
                }
              : {}),
          },
          orderBy: [{ at: 'asc' }, { runId: 'asc' }, { seq: 'asc' }],
          take: page.take,
        }),
      );
      return page.answer(rows, (row) => [row.at.toISOString(), row.runId, row.seq], present);
    },
  ),
];

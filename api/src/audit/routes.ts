// The audit log, newest first.
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { id, instant, paramsOf } from '../schema.ts';

const entryShape = z.object({
  id,
  at: instant,
  actor: z.string().describe('`user:<id>`, `key:<id>` or `system`.'),
  action: z.string(),
  subject: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
});

export function routes(): Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/tenants/{tenantId}/audit',
        operationId: 'listAuditEntries',
        summary: 'What was done, by whom',
        access: 'audit.read',
        params: paramsOf('tenantId'),
        query: pageQuery.extend({
          action: z.string().max(100).optional().describe('One action, as in `member.removed`.'),
          subject: z.string().max(200).optional().describe('One subject, as in `workflow:<id>`.'),
          actor: z.string().max(200).optional(),
        }),
        responses: { 200: { description: 'Entries, newest first.', schema: pageOf(entryShape) } },
      },
      async ({ context, query: { action, subject, actor, ...rest } }) => {
        const { tenantId } = context;
        const page = openPage(context, rest);
        const rows = await context.read((tx) =>
          tx.auditEntry.findMany({
            where: {
              tenantId,
              ...(action === undefined ? {} : { action }),
              ...(subject === undefined ? {} : { subject }),
              ...(actor === undefined ? {} : { actor }),
              ...(page.after === undefined ? {} : { id: { lt: page.after } }),
            },
            orderBy: { id: 'desc' },
            take: page.take,
          }),
        );
        return page.answer(
          rows,
          (row) => row.id,
          ({ id, at, actor, action, subject, details, requestId }) => ({
            id,
            at: at.toISOString(),
            actor,
            action,
            subject,
            details,
            requestId,
          }),
        );
      },
    ),
  ];
}

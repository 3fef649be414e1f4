// Approvals that runs wait for: the open ones, and the one decision of each.
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { id, instant, paramsOf } from '../schema.ts';
import { decideApproval } from './decide-approval.ts';
import { linkRoutes } from './link-routes.ts';
import { listOpenApprovals, presentApproval } from './list-approvals.ts';

const base = '/tenants/{tenantId}/approvals';
const approval = z.object({
  id,
  runId: id,
  workflowId: id,
  workflowName: z.string(),
  stepId: z.string(),
  title: z.string(),
  message: z.string().nullable(),
  approvers: z.array(z.string()).describe('Roles that may decide; empty: everybody who may start runs.'),
  fourEyes: z.boolean().describe('Decided by a signed-in person who did not start the run.'),
  mayDecide: z.boolean().describe('Whether you may decide it.'),
  whyNot: z.string().optional(),
  requestedAt: instant,
  expiresAt: instant.nullable(),
});
const note = z
  .string()
  .max(2000)
  .refine((text) => text.isWellFormed() && !text.includes('\u0000'), 'must be readable text')
  .optional();

export const routes = (): Route[] => [
  ...linkRoutes(),
  defineRoute(
    {
      method: 'get',
      path: base,
      operationId: 'listApprovals',
      summary: 'Open approvals, the newest first',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: pageQuery.extend({ runId: id.optional() }),
      ids: { 'query.runId': 'run' },
      responses: { 200: { description: 'Approvals that wait for a decision.', schema: pageOf(approval) } },
    },
    async ({ context, query }) => {
      const page = openPage<[string, string]>(context, query);
      const rows = await context.read((tx) =>
        listOpenApprovals(tx, context.tenantId, {
          runId: query.runId,
          after: page.after,
          take: page.take,
          now: context.services.clock(),
        }),
      );
      return page.answer(
        rows,
        (row) => [row.askedAt.toISOString(), row.id],
        (row) => presentApproval(row, context.actor),
      );
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/{approvalId}/decide`,
      operationId: 'decideApproval',
      summary: 'Approve or reject',
      description:
        'Decided once; the run goes on. A later decision gets 409 with the one that counts, and so does one after the expiry.',
      access: 'runs.start',
      params: paramsOf('tenantId', 'approvalId'),
      body: z.object({ decision: z.enum(['approve', 'reject']), note }),
      ids: { 'params.approvalId': 'approval' },
      example: { body: { decision: 'approve', note: 'Fine by me.' } },
      responses: {
        200: { description: 'Decided.', schema: z.object({ decision: z.enum(['approved', 'rejected']) }) },
      },
      errors: ['conflict'],
    },
    async ({ context, params, body }) => {
      const decision = body.decision === 'approve' ? 'approved' : 'rejected';
      await decideApproval(context, params.approvalId, decision, body.note ?? null);
      return { status: 200, body: { decision } };
    },
  ),
];

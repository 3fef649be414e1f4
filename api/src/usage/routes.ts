// What a workspace has used of its plan, and how its runs of the last day went.
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { nextHour } from '../quota-errors.ts';
import { firstIdAt } from '../runs/find-run.ts';
import { instant, paramsOf } from '../schema.ts';

type Row = {
  plan: string;
  workflows: number;
  mostWorkflows: number;
  runs: number;
  mostRuns: number;
  now: Date;
};

/** Plans without end hold the largest number of the column; people are told null. */
const endOf = (limit: number): number | null => (limit >= 2_147_483_647 ? null : limit);

async function readUsage(context: Context) {
  const { tenantId } = context;
  return context.read(async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>`
      SELECT p.name AS plan, coalesce(q.workflows, 0) AS workflows, p.workflows AS "mostWorkflows",
        coalesce(u.runs, 0) AS runs, p.runs_per_hour AS "mostRuns", clock_timestamp() AS now
      FROM tenants n JOIN plans p ON p.name = n.plan
      LEFT JOIN tenant_queues q ON q.tenant_id = n.id
      LEFT JOIN usage_hours u ON u.tenant_id = n.id AND u.hour = date_trunc('hour', clock_timestamp(), 'UTC')
      WHERE n.id = ${tenantId}::uuid`;
    const { now } = row!;
    const since = new Date(now.getTime() - 24 * 3_600_000);
    const groups = await tx.workflowRun.groupBy({
      by: ['status'],
      where: {
        tenantId,
        createdAt: { gte: since },
        id: { gte: firstIdAt(new Date(since.getTime() - 60_000)) },
      },
      _count: { _all: true },
    });
    const count = (...statuses: string[]) =>
      groups
        .filter(({ status }) => statuses.includes(status))
        .reduce((sum, group) => sum + group._count._all, 0);
    return {
      plan: row!.plan,
      workflows: { used: row!.workflows, limit: endOf(row!.mostWorkflows) },
      runsPerHour: {
        used: row!.runs,
        limit: endOf(row!.mostRuns),
        resetsAt: nextHour(now).toISOString(),
      },
      last24h: {
        succeeded: count('succeeded'),
        failed: count('failed'),
        cancelled: count('cancelled'),
        running: count('queued', 'running', 'waiting'),
      },
    };
  });
}

const whole = z.number().int();
const limit = whole.nullable().describe('Null: without end.');

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: '/tenants/{tenantId}/usage',
      operationId: 'readUsage',
      summary: 'Use of the plan, and the runs of the last 24 hours',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      responses: {
        200: {
          description: 'Usage.',
          schema: z.object({
            plan: z.string(),
            workflows: z.object({ used: whole, limit }),
            runsPerHour: z.object({ used: whole, limit, resetsAt: instant }),
            last24h: z.object({ succeeded: whole, failed: whole, cancelled: whole, running: whole }),
          }),
        },
      },
    },
    async ({ context }) => ({ status: 200, body: await readUsage(context) }),
  ),
];

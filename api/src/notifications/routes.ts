// What the workspace should know: skipped schedules, connections that stopped working.
import type { Prisma } from '@weftline/prisma';
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { notFound } from '../fail.ts';
import { id, instant, paramsOf } from '../schema.ts';

type Row = Prisma.NotificationGetPayload<object>;

const notification = z.object({
  id,
  kind: z.string(),
  title: z.string(),
  body: z.string(),
  link: z.string().nullable(),
  readAt: instant.nullable(),
  at: instant,
});
const present = ({ id, kind, title, body, link, readAt, at }: Row) => ({
  id,
  kind,
  title,
  body,
  link,
  readAt: readAt?.toISOString() ?? null,
  at: at.toISOString(),
});

/** Those for everybody, and those for this person. */
const forReader = (userId: string) => [{ userId: null }, { userId }];

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: '/tenants/{tenantId}/notifications',
      operationId: 'listNotifications',
      summary: 'Notifications, the newest first',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: pageQuery.extend({ unread: z.enum(['true', 'false']).optional() }),
      responses: { 200: { description: 'Notifications.', schema: pageOf(notification) } },
    },
    async ({ context, query }) => {
      const { tenantId, actor } = context;
      const page = openPage<[string, string]>(context, query);
      const rows = await context.read((tx) => {
        const after = page.after;
        return tx.notification.findMany({
          where: {
            tenantId,
            AND: [
              { OR: forReader(actor.userId) },
              ...(query.unread === 'true' ? [{ readAt: null }] : []),
              ...(after ? [{ OR: [{ at: { lt: after[0] } }, { at: after[0], id: { lt: after[1] } }] }] : []),
            ],
          },
          orderBy: [{ at: 'desc' }, { id: 'desc' }],
          take: page.take,
        });
      });
      return page.answer(rows, (row) => [row.at.toISOString(), row.id], present);
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: '/tenants/{tenantId}/notifications/{notificationId}/read',
      operationId: 'readNotification',
      summary: 'Mark a notification as read',
      access: 'workspace.read',
      params: paramsOf('tenantId', 'notificationId'),
      ids: { 'params.notificationId': 'notification' },
      audited: false,
      idempotent: false,
      responses: { 200: { description: 'Read.', schema: notification } },
    },
    async ({ context, params }) => {
      const { tenantId, actor } = context;
      const where = { tenantId, id: params.notificationId, OR: forReader(actor.userId) };
      const row = await context.read(async (tx) => {
        await tx.notification.updateMany({ where: { ...where, readAt: null }, data: { readAt: new Date() } });
        return tx.notification.findFirst({ where });
      });
      if (row === null) throw notFound('notification');
      return { status: 200, body: present(row) };
    },
  ),
];

// What a person should know: failed runs, approvals, skipped schedules, connections that stopped working.
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { notFound } from '../fail.ts';
import { id, instant, paramsOf } from '../schema.ts';
import {
  type NotificationRow,
  countUnread,
  listNotifications,
  mostCounted,
  readNotification,
} from './find-notifications.ts';

const base = '/tenants/{tenantId}/notifications';
const notification = z.object({
  id,
  kind: z.string(),
  title: z.string(),
  body: z.string(),
  link: z.string().nullable(),
  count: z.number().int().describe('How many it tells of: failures of a workflow on one day are one.'),
  readAt: instant.nullable().describe('When you read it; null again when it tells of more.'),
  at: instant,
});
const present = ({ readAt, at, ...row }: NotificationRow) => ({
  ...row,
  readAt: readAt?.toISOString() ?? null,
  at: at.toISOString(),
});

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: base,
      operationId: 'listNotifications',
      summary: 'Notifications that concern you, the newest first',
      description:
        'Those for you alone, and those of the workspace that your role can do something about. What one person reads stays unread for the others.',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: pageQuery.extend({ unread: z.enum(['true', 'false']).optional() }),
      responses: { 200: { description: 'Notifications.', schema: pageOf(notification) } },
    },
    async ({ context, query }) => {
      const page = openPage<[string, string]>(context, query);
      const filter = { unread: query.unread === 'true', after: page.after, take: page.take };
      const rows = await context.read((tx) => listNotifications(tx, context.actor, filter));
      return page.answer(rows, (row) => [row.at.toISOString(), row.id], present);
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: `${base}/unread`,
      operationId: 'countUnreadNotifications',
      summary: 'How many you have not read',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      responses: {
        200: {
          description: `The number, up to ${mostCounted}.`,
          schema: z.object({ unread: z.number().int() }),
        },
      },
    },
    async ({ context }) => {
      const unread = await context.read((tx) => countUnread(tx, context.actor));
      return { status: 200, body: { unread } };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/{notificationId}/read`,
      operationId: 'readNotification',
      summary: 'Mark a notification as read by you',
      access: 'workspace.read',
      params: paramsOf('tenantId', 'notificationId'),
      ids: { 'params.notificationId': 'notification' },
      audited: false,
      idempotent: false,
      responses: { 200: { description: 'Read.', schema: notification } },
    },
    async ({ context, params }) => {
      const row = await context.read((tx) => readNotification(tx, context.actor, params.notificationId));
      if (row === null) throw notFound('notification');
      return { status: 200, body: present(row) };
    },
  ),
];

// Notifications as one person sees them: those their role cares about and their own, each with whether they have read it.
import type { Transaction } from '@weftline/prisma';
import { type Role, mayDo } from '../access.ts';
import type { Actor } from '../context.ts';

export type NotificationRow = {
  id: string;
  kind: string;
  title: string;
  body: string;
  link: string | null;
  count: number;
  at: Date;
  readAt: Date | null;
};

/** Counting stops here: more than so many unread ones nobody tells apart. */
export const mostCounted = 1000;

/**
 * Kinds of the whole workspace that concern a role, as a LIKE pattern: connections for those who may mend them, everything for those who
 * may start runs. Null: none.
 */
const concerns = (role: Role): string | null =>
  mayDo(role, 'runs.start') ? '%' : mayDo(role, 'connections.change') ? 'connection.%' : null;

type Reader = Pick<Actor, 'tenantId' | 'userId' | 'role'>;

/** A page of them, the newest first. `after`: time and id of the last one seen. */
export function listNotifications(
  tx: Transaction,
  { tenantId, userId, role }: Reader,
  filter: { unread: boolean; id?: string; after: [string, string] | undefined; take: number },
): Promise<NotificationRow[]> {
  const [afterAt, afterId] = filter.after ?? [null, null];
  return tx.$queryRaw<NotificationRow[]>`
    SELECT n.id, n.kind, n.title, n.body, n.link, n.count, n.at, r.read_at AS "readAt"
    FROM notifications n
    LEFT JOIN notification_reads r
      ON r.tenant_id = n.tenant_id AND r.notification_id = n.id AND r.user_id = ${userId}::uuid
    WHERE n.tenant_id = ${tenantId}::uuid
      AND (n.user_id = ${userId}::uuid OR (n.user_id IS NULL AND n.kind LIKE ${concerns(role)}))
      AND (NOT ${filter.unread} OR r.read_at IS NULL)
      AND (${filter.id ?? null}::uuid IS NULL OR n.id = ${filter.id ?? null}::uuid)
      AND (${afterAt}::timestamptz IS NULL OR (n.at, n.id) < (${afterAt}::timestamptz, ${afterId}::uuid))
    ORDER BY n.at DESC, n.id DESC LIMIT ${filter.take}`;
}

/** How many this person has not read, up to `mostCounted`. */
export async function countUnread(tx: Transaction, reader: Reader): Promise<number> {
  const { tenantId, userId, role } = reader;
  const [row] = await tx.$queryRaw<{ unread: number }[]>`
    SELECT count(*)::int AS unread FROM (
      SELECT 1 FROM notifications n
      WHERE n.tenant_id = ${tenantId}::uuid
        AND (n.user_id = ${userId}::uuid OR (n.user_id IS NULL AND n.kind LIKE ${concerns(role)}))
        AND NOT EXISTS (
          SELECT 1 FROM notification_reads r
          WHERE r.tenant_id = n.tenant_id AND r.notification_id = n.id AND r.user_id = ${userId}::uuid)
      LIMIT ${mostCounted}) x`;
  return row?.unread ?? 0;
}

/** Notes that this person has read one. Null: there is none that concerns them. The first reading counts. */
export async function readNotification(
  tx: Transaction,
  reader: Reader,
  id: string,
): Promise<NotificationRow | null> {
  const find = async () =>
    (await listNotifications(tx, reader, { unread: false, id, after: undefined, take: 1 }))[0] ?? null;
  const row = await find();
  if (row === null || row.readAt !== null) return row;
  const { tenantId, userId } = reader;
  await tx.notificationRead.createMany({
    data: [{ tenantId, notificationId: id, userId }],
    skipDuplicates: true,
  });
  return find();
}

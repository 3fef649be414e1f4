// Messages between processes through PostgreSQL: LISTEN/NOTIFY with ids only. Used for bells where there is no Redis,
// and in both layouts for cancellations and changed workflows.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../platform/logger.ts';
import type { Message } from './bells.ts';

export type Messenger = { send(message: Message): Promise<void>; close(): Promise<void> };

const channel = 'weftline';
const write = (message: Message): string =>
  message.kind === 'run'
    ? 'run'
    : message.kind === 'cancel'
      ? `cancel ${message.runId}`
      : `forget ${message.workflowId}`;
const read = (text: string): Message | null => {
  const [kind, id = ''] = text.split(' ');
  if (kind === 'run') return { kind };
  if (kind === 'cancel') return { kind, runId: id };
  if (kind === 'forget') return { kind, workflowId: id };
  return null;
};

/**
 * Listens on a connection of its own and opens it anew when it breaks. `onGap` is called after each (re)connection:
 * what was said meanwhile is lost, so caches must be dropped.
 */
export function openMessenger(
  databaseUrl: string,
  send: (text: string) => Promise<unknown>,
  handlers: { onMessage(message: Message): void; onGap(): void; logger: Logger },
): Messenger {
  let closed = false;
  let client: pg.Client | null = null;
  const loop = (async () => {
    while (!closed) {
      try {
        client = new pg.Client({
          connectionString: databaseUrl,
          keepAlive: true,
          connectionTimeoutMillis: 3_000,
        });
        const broken = new Promise<void>((resolve) => {
          client!.on('error', () => resolve());
          client!.on('end', () => resolve());
        });
        client.on('notification', ({ payload }) => {
          const message = payload ? read(payload) : null;
          if (message) handlers.onMessage(message);
        });
        await client.connect();
        await client.query(`LISTEN ${channel}`);
        handlers.onGap();
        await broken;
      } catch (error) {
        handlers.logger.debug({ err: error }, 'cannot listen for messages; trying again');
      }
      if (!closed) await delay(500);
    }
  })();
  return {
    async send(message) {
      await send(write(message)).catch((error) =>
        handlers.logger.debug({ err: error }, 'a message was not sent; the poll makes up for it'),
      );
    },
    async close() {
      closed = true;
      await client?.end().catch(() => {});
      await loop;
    },
  };
}

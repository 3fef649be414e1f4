// Bells through BullMQ on Redis, for many api and runner processes. The jobs carry nothing; losing Redis loses nothing.
import { Queue, Worker } from 'bullmq';
import type { Logger } from '../platform/logger.ts';
import { openRedis } from '../platform/redis.ts';
import type { Bells } from './bells.ts';

const queueName = 'weftline-bells';

/**
 * Opens the bells. `listens`: this process works on runs. A hung Redis costs the caller nothing:
 * a ring is not waited for, and is given up after 50 ms.
 */
export function openRedisBells(
  redisUrl: string,
  { listens, logger }: { listens: boolean; logger: Logger },
): Bells {
  const producer = openRedis(redisUrl, logger);
  const queue = new Queue(queueName, {
    connection: producer,
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', () => {});
  const listeners: (() => void)[] = [];
  const consumer = listens ? openRedis(redisUrl, logger, { blocking: true }) : null;
  const worker = consumer
    ? new Worker(queueName, async () => listeners.forEach((listener) => listener()), {
        connection: consumer,
        concurrency: 4,
      })
    : null;
  worker?.on('error', () => {});
  let ringing = false;
  return {
    ring() {
      // One ring on its way is enough: whoever hears it looks at everything that is ready.
      if (ringing) return;
      ringing = true;
      void queue
        .add('ready', { v: 1 })
        .catch(() => {})
        .finally(() => (ringing = false));
    },
    onRing: (listener) => void listeners.push(listener),
    async close() {
      await Promise.race([
        Promise.allSettled([worker?.close(true), queue.close()]),
        new Promise((resolve) => setTimeout(resolve, 1_000).unref()),
      ]);
      producer.disconnect();
      consumer?.disconnect();
    },
  };
}

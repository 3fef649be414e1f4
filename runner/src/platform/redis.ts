// Connections to Redis. Redis decides nothing: whoever uses it goes on without it.
import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

/** A hung Redis costs a caller no more than this, in ms. */
const longestCommandMs = 50;

/**
 * Opens a connection whose commands fail fast: not queued while Redis is away, given up after 50 ms.
 * `blocking`: for a worker that waits for jobs, where commands may take as long as they like.
 */
export function openRedis(url: string, logger: Logger, { blocking = false } = {}): Redis {
  const client = new Redis(
    url,
    blocking
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: longestCommandMs },
  );
  client.on('error', (error) => logger.debug({ err: error }, 'Redis is away; nothing depends on it'));
  return client;
}

export type { Redis } from 'ioredis';

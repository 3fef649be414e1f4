// Keep-alive pools, one for each tenant and origin, so that no connection ever serves two tenants.
import { Pool } from 'undici';
import type { CheckedUrl } from './check-url.ts';
import { guardConnector, openConnector } from './guard-connector.ts';
import type { GuardOptions } from './guard-connector.ts';

export type PoolOptions = GuardOptions & {
  maxHeaderBytes: number;
  socketsPerOrigin: number;
  socketsPerAllowedOrigin: number;
  keepAliveMs: number;
  maxPools: number;
};

export type Pools = {
  /** The pool of this tenant for this origin; made at first use. */
  find: (tenantId: string, url: CheckedUrl) => Pool;
  close: () => Promise<void>;
};

/** Makes the set of pools. At most `maxPools` are kept; the oldest idle ones are closed first. */
export const keepPools = (options: PoolOptions): Pools => {
  const pools = new Map<string, Pool>();

  const make = (url: CheckedUrl): Pool =>
    new Pool(url.origin, {
      connect: url.isAllowed ? openConnector(options) : guardConnector(options),
      connections: url.isAllowed ? options.socketsPerAllowedOrigin : options.socketsPerOrigin,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: options.maxHeaderBytes,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: options.keepAliveMs * 15,
    });

  const evict = (): void => {
    for (const [key, pool] of pools) {
      if (pools.size < options.maxPools) return;
      if (pool.stats.running + pool.stats.pending + pool.stats.queued > 0) continue;
      pools.delete(key);
      void pool.close().catch(() => undefined);
    }
  };

  return {
    find(tenantId, url) {
      const key = `${tenantId} ${url.origin}`;
      const known = pools.get(key);
      if (known !== undefined) return known;
      evict();
      const pool = make(url);
      pools.set(key, pool);
      return pool;
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy().catch(() => undefined)));
    },
  };
};

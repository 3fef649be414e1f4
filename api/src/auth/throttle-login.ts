// Five tries a minute for one address from one place. It slows guessing and locks nobody out: the owner of the account,
// coming from elsewhere, is not affected.
import { CodedError } from '@weftline/runner/platform/errors';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Services } from '../services.ts';
import { hashToken } from './secret-token.ts';

const tries = 5;
const windowSeconds = 60;

export type LoginThrottle = {
  /** Counts a try. @throws CodedError too_many_requests with the time to wait */
  count(ip: string, email: string): Promise<void>;
  /** After a success the former tries are forgotten. */
  forget(ip: string, email: string): Promise<void>;
};

/** Over Redis when there is a whole client (several API processes count together), in memory else or while Redis is away. */
export function createLoginThrottle({ redis }: Services): LoginThrottle {
  const memory = new RateLimiterMemory({ points: tries, duration: windowSeconds });
  const limiter =
    typeof redis?.defineCommand === 'function'
      ? new RateLimiterRedis({
          storeClient: redis,
          keyPrefix: 'weftline:login',
          points: tries,
          duration: windowSeconds,
          insuranceLimiter: memory,
        })
      : memory;
  // Hashed, so that no address stands in Redis in clear.
  const key = (ip: string, email: string) => hashToken(`${ip} ${email}`).toString('base64url');
  return {
    count: async (ip, email) => {
      try {
        await limiter.consume(key(ip, email));
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        const resetsInSeconds = refused.msBeforeNext / 1000;
        throw new CodedError({
          code: 'too_many_requests',
          message: `Too many tries. Wait ${Math.ceil(resetsInSeconds)} seconds, then try again.`,
          retryAfterMs: refused.msBeforeNext,
          details: { policy: { name: 'sign-in', limit: tries, used: tries, windowSeconds, resetsInSeconds } },
        });
      }
    },
    forget: async (ip, email) => {
      await limiter.delete(key(ip, email));
    },
  };
}

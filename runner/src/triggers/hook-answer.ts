// What a call of one of our addresses is answered.
import type { FilledAnswer } from '../executor/receive/fill-answer.ts';

export type HookAnswer =
  | { status: 202; runId: string | null; captured?: true }
  /** As an app declares it. */
  | { status: 'declared'; answer: FilledAnswer; runIds: string[] }
  | {
      status: 400 | 401 | 404 | 413 | 415 | 422 | 429 | 503;
      code: string;
      message: string;
      retryAfterSeconds?: number;
      used?: number;
      allowed?: number;
      /** call_cycle: the workflows that called each other. */
      chain?: string[];
    };

// What the threads of one load test say to each other. Plain values only: they are cloned between threads.
import type { MessagePort } from 'node:worker_threads';

/** What a k6 script may export as `options`, as far as this runner understands it. */
export type Options = {
  vus?: number;
  duration?: string;
  iterations?: number;
  stages?: { duration: string; target: number }[];
  thresholds?: Record<string, Threshold | Threshold[]>;
  [other: string]: unknown;
};

export type Threshold = string | { threshold: string };

export type MetricKind = 'counter' | 'gauge' | 'rate' | 'trend';

/** One measured value; times in milliseconds. */
export type Sample = { metric: string; kind: MetricKind; value: number; tags: Record<string, string> };

export type HttpCall = {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
  timeoutMs: number;
};

export type HttpAnswer = {
  /** 0 when no answer came. */
  status: number;
  headers: Record<string, string>;
  body: string;
  error: string;
  /** From sending to the last byte. */
  durationMs: number;
  /** From sending to the head of the answer. */
  waitingMs: number;
};

/** Cells of the shared counter block, all Int32. */
export const cells = { allowedUsers: 0, stopped: 1, iterationsLeft: 2, count: 3 } as const;

/** What a thread is started with. */
export type ThreadData = {
  script: string;
  env: Record<string, string>;
  task: 'inspect' | 'iterate' | 'teardown';
  /** 1, 2, 3, …; 0 for the thread that inspects. */
  user: number;
  /** What setup() returned. */
  setupData: unknown;
  httpPort: MessagePort;
  /** One Int32: 0 while an answer is awaited, 1 when it is there. */
  bell: SharedArrayBuffer;
  shared: SharedArrayBuffer;
};

export type ThreadMessage =
  | { kind: 'inspected'; options: Options; setupData: unknown; hasTeardown: boolean; hasSummary: boolean }
  | { kind: 'ready' }
  | { kind: 'samples'; samples: Sample[] }
  | { kind: 'script-error'; message: string };

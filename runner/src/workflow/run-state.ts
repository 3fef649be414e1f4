// What is known of a run while it is decided: folded from its journal, entry by entry.
import type { Json } from '@weftline/connectors/json';
import type { ParentStep, StartedRun, StepFailure } from './types.ts';

export type StepState = {
  /**
   * `retrying` waits for its next attempt, `waiting` for an instant, `unknown` for a person; `looping` is a loop that goes through
   * its items, `dropped` a step that waited when its loop failed.
   */
  status:
    | 'dispatched'
    | 'retrying'
    | 'waiting'
    | 'unknown'
    | 'looping'
    | 'succeeded'
    | 'failed'
    | 'skipped'
    | 'dropped';
  attempts: number;
  startedAtMs: number | null;
  finishedAtMs: number | null;
  /** When the last attempt was about to be sent. */
  sentAtMs: number | null;
  /** Something outside is asked, and its answer is looked for at each decision. */
  asks: boolean;
  /** Of an unknown step: the action's probe is to be made, or has been sent. */
  probe: 'due' | 'sent' | null;
  /** When a waiting or retrying step may go on; null: when it is told to. */
  readyAtMs: number | null;
  port: string | null;
  /** A step that was skipped and lets its followers go on (`when`, disabled). */
  through: boolean;
  input: Json;
  output: Json;
  error: StepFailure | null;
  why: string | null;
  request: Json;
  response: Json;
  /** The run that this step has started. */
  child: StartedRun | null;
  /** What the code of the last attempt printed. */
  logs: string[] | null;
};

export type RunState = {
  triggerOutput: Json;
  chain: string[];
  /** The step of another run that started this one. */
  parent: ParentStep | null;
  /** Run ids that steps of this run take their idempotency key from; other steps take this run's. */
  keyRuns: { [stepId: string]: string };
  startedAtMs: number;
  /** By address; of loops only the steps of iterations that are under way. */
  steps: Map<string, StepState>;
  /** Loops that have begun, by the address of their step. */
  loops: Map<string, LoopState>;
  nextSeq: number;
  ended: { status: 'succeeded' | 'failed' | 'cancelled'; code: string | null; message: string | null } | null;
};

export type LoopState = {
  items: Json[];
  /** True: the first item that fails ends the loop. */
  stops: boolean;
  /** The first item that has not begun; those before it have. */
  next: number;
  /** Iterations under way, with the addresses of their steps that have begun. */
  open: Map<number, Set<string>>;
  /** What was collected, by the items' places; undefined: not (yet). */
  values: (Json | undefined)[];
  /** Size of what was collected, in characters of JSON. */
  size: number;
  done: number;
  failed: number[];
  failures: { index: number; error: StepFailure }[];
  /** What the loop will fail with once nothing of it is in flight. */
  broken: { index: number; error: StepFailure } | null;
};

// What the engine offers to the API: one value, made once a process by start-engine.ts.
import type { Json } from '@weftline/connectors/json';
import type { KeptLoop } from './journal/events.ts';
import type { ReplayChoice, ReplayPreview } from './runs/replay-types.ts';
import type { IterationPage, IterationView, ParentStep, RunTriggerKind, RunView } from './workflow/types.ts';

export type AcceptRequest = {
  tenantId: string;
  workflowId: string;
  workflowName: string;
  version: number;
  triggerKind: RunTriggerKind;
  /** Who started it: `user:<id>`, `key:<id>` or null. */
  actor: string | null;
  replayOf?: string | null;
  /** True: only while the workflow's trigger is enabled at this version (hooks and schedules). */
  guarded: boolean;
  /** The delivery's id; the same id again gives the same run. Null: none. */
  receiptKey: string | null;
  triggerOutput: Json;
  /** Outputs of steps that a replay does not run again, by step id. */
  kept?: { [stepId: string]: Json };
  /** Steps that repeat, under its key, what a former run did not learn the outcome of. */
  keyRuns?: { [stepId: string]: string };
  /** Loops that go on where a former run left them. */
  loops?: { [address: string]: KeptLoop };
  /** Workflows that led here, outermost first: hop guard. */
  chain?: string[];
  /** The step of another run that starts this one, and whether it waits for its end. */
  parent?: ParentStep;
};

export type Accepted = {
  verdict: 'fresh' | 'duplicate' | 'over' | 'gone';
  runId: string | null;
  /** Runs of this hour before this one, and the hourly limit. */
  used: number;
  allowed: number;
};

export type JournalEvent = { seq: number; type: string; step: string | null; at: string; payload: Json };

export type Engine = {
  /** Commits receipt, quota count and run; resolves after COMMIT. Over the quota: verdict `over`, nothing stored. */
  accept(request: AcceptRequest): Promise<Accepted>;
  /**
   * All of these in one commit, or none where any of them is over the quota or its trigger is gone: the answers stand in their
   * order, and unless all are `fresh` or `duplicate` nothing was stored.
   */
  acceptAll(requests: readonly AcceptRequest[]): Promise<Accepted[]>;
  /** False when the run has ended or is unknown. */
  cancel(tenantId: string, runId: string, actor: string): Promise<boolean>;
  readRun(tenantId: string, runId: string): Promise<RunView | null>;
  readEvents(tenantId: string, runId: string, after: number, most: number): Promise<JournalEvent[]>;
  /** Items of a loop that have begun. Null: unknown run, or the step is no loop. */
  readIterations(
    tenantId: string,
    runId: string,
    stepId: string,
    page: IterationPage,
  ): Promise<IterationView[] | null>;
  /** Starts a run again: whole, or from a step on with the outputs of the steps before it kept. Null: unknown run. */
  replay(
    tenantId: string,
    runId: string,
    options: { from?: string; version: 'original' | 'current' },
    actor: string,
  ): Promise<Accepted | null>;
  /** What a replay would keep, do again and send again; changes nothing. Null: unknown run. */
  previewReplay(tenantId: string, runId: string, choice: ReplayChoice): Promise<ReplayPreview | null>;
  /** After an answer to a run's question was committed: whoever works looks for the run at once. */
  ring(): void;
  /** After publish, enable, disable, delete or a changed connection: every process forgets what it has cached of the workflow. */
  forget(workflowId: string): Promise<void>;
};

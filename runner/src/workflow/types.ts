// The workflow document (`workflow/1`) and the few words that the engine and its callers share.
import type { Json } from '@weftline/connectors/json';

export type TriggerKind = 'manual' | 'webhook' | 'schedule' | 'app';
/** What started a run: its trigger, or a step of another workflow. */
export type RunTriggerKind = TriggerKind | 'workflow';
/** The step of another run that started a run. `waits`: it is told of the end. */
export type ParentStep = { runId: string; step: string; waits: boolean };

export type TriggerDefinition =
  | { kind: 'manual' }
  | { kind: 'webhook'; verify?: 'standard-webhooks' | null }
  /** Either `cron`, again and again, or `at`, once: an instant in ISO 8601 with its offset. */
  | { kind: 'schedule'; cron?: string; at?: string; timezone?: string }
  | AppTriggerDefinition;

/** Something that happens at a service, as `app@version#trigger` describes it. */
export type AppTriggerDefinition = {
  kind: 'app';
  use: string;
  connection?: string | null;
  /** May read `vars`, the workspace's named values, and nothing else: nothing has happened yet. */
  input?: { [key: string]: Json };
  /** Schemas of members whose fields only the service knows, as a step keeps them. */
  fields?: { [place: string]: { [keyword: string]: Json } };
  /** Seconds between polls; 300 unless said otherwise, and never less than the app allows. */
  everySeconds?: number;
};

export type RetryDefinition = { maxRetries?: number; initialDelayMs?: number; maxDelayMs?: number };

type StepBase = {
  id: string;
  name?: string;
  /** Steps that must have finished: `"id"` or `"id:port"`. Absent: the step before in the list (none for the first). */
  after?: string[];
  /** When several steps stand in `after`: all of them (preset) or any of them. */
  join?: 'all' | 'any';
  when?: string | null;
  disabled?: boolean;
};
export type ActionStep = StepBase & {
  kind: 'action';
  use: string;
  connection?: string | null;
  input?: { [key: string]: Json };
  /** Schemas of members whose fields only the service knows, by their place in the input: `body.fields`. */
  fields?: { [place: string]: { [keyword: string]: Json } };
  retry?: RetryDefinition;
  timeoutMs?: number;
  onError?: 'stop' | 'continue' | 'port';
};
export type FilterStep = StepBase & { kind: 'filter'; condition: string };
export type BranchStep = StepBase & { kind: 'branch'; condition: string };
/** Takes the way of the first case that holds: `case-<id>`, else `default`. */
export type SwitchStep = StepBase & { kind: 'switch'; cases: { id: string; when: string }[] };
export type DelayStep = StepBase & {
  kind: 'delay';
  seconds?: number | string;
  until?: string;
  /** By the workspace's calendar: alone until the next opening, with `seconds` so many seconds of working time. */
  workingHours?: true;
};
export type TransformStep = StepBase & { kind: 'transform'; output: Json };
/** Waits for a person. Ways out: `done` when approved, `rejected` when rejected or expired. */
export type ApprovalStep = StepBase & {
  kind: 'approval';
  title: string;
  message?: string;
  expiresInSeconds?: number;
  /** Roles that may decide; absent: everybody who may start runs. */
  approvers?: ('owner' | 'admin' | 'builder')[];
  /** True: a signed-in person decides who did not start the run. */
  fourEyes?: boolean;
  /** True: `{{run.approvals.<id>}}` is the address of a page where it can be decided. */
  link?: boolean;
};
/** Waits for one call of an address of its own, `{{run.hooks.<id>}}`; the call's body is the output. */
export type WaitForHookStep = StepBase & {
  kind: 'waitForHook';
  expiresInSeconds: number;
  onError?: 'stop' | 'continue' | 'port';
};
/** JavaScript of the author, run by itself: no network, no files, no timers. What it returns is the output. */
export type CodeStep = StepBase & {
  kind: 'code';
  /** What the code reads as `input`. */
  input?: { [key: string]: Json };
  /** The body of an async function. Never a template. */
  source: string;
  /** 1 to 30,000; absent: 1,000. */
  timeoutMs?: number;
  onError?: 'stop' | 'continue' | 'port';
};
/**
 * Does its steps once for each item, at most `atOnce` iterations at a time. The output is `{ items, count, failed }`: what was
 * collected of each item, in the order of the items.
 */
export type ForEachStep = StepBase & {
  kind: 'forEach';
  /** A list, or an expression that gives one. */
  items: string | Json[];
  steps: StepDefinition[];
  atOnce?: number;
  /** `continue`: an item that fails gives null, and the others go on. Preset: the loop fails with it. */
  onItemError?: 'stop' | 'continue';
  /** What is kept of an iteration; absent: the output of the last step of the body. */
  collect?: Json;
  onError?: 'stop' | 'continue' | 'port';
};
/** Starts a run of another workflow of the workspace, and waits for its end unless told otherwise. */
export type WorkflowStep = StepBase & {
  kind: 'workflow';
  workflowId: string;
  /** Becomes `trigger.output` of the run. */
  input?: { [key: string]: Json };
  /** False: the run goes on as soon as the other one is started. Preset: true. */
  wait?: boolean;
  /** How long it is waited for; absent: as long as it takes. */
  timeoutSeconds?: number;
  onError?: 'stop' | 'continue' | 'port';
};
export type StepDefinition =
  | ActionStep
  | FilterStep
  | BranchStep
  | SwitchStep
  | DelayStep
  | TransformStep
  | ApprovalStep
  | WaitForHookStep
  | WorkflowStep
  | ForEachStep
  | CodeStep;
export type StepKind = StepDefinition['kind'];

export type WorkflowDefinition = {
  format: 'workflow/1';
  name: string;
  trigger: TriggerDefinition;
  connections?: { [slot: string]: { app: string; connectionId?: string | null } };
  settings?: {
    deadlineSeconds?: number;
    missedSchedule?: 'skip' | 'once' | 'all';
    /** What a run gives to a step that started it; absent: the output of the step that finished last. */
    output?: Json;
    /** Runs with the same key go `limit` (preset 1) at a time; the others wait in order. A waiting run keeps its key. */
    concurrency?: { key: string; limit?: number };
  };
  steps: StepDefinition[];
};

export type RunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';
export type StepStatus =
  | 'pending'
  | 'running'
  | 'waiting'
  | 'succeeded'
  | 'failed'
  | 'skipped'
  | 'cancelled'
  | 'unknown';

export type StepFailure = { code: string; message: string; [more: string]: Json };

/** How far a loop has come. */
export type LoopCounts = {
  /** Items of the list. */
  total: number;
  done: number;
  failed: number;
  /** Iterations that have begun and not ended. */
  open: number;
};

/** A run that a step has started. */
export type StartedRun = { runId: string; workflowId: string; workflowName: string };

/** A step of a run as a person sees it. Times are ISO 8601 in UTC. */
export type StepView = {
  id: string;
  name: string | null;
  kind: StepKind;
  status: StepStatus;
  attempts: number;
  startedAt: string | null;
  finishedAt: string | null;
  input: Json;
  output: Json;
  error: StepFailure | null;
  why: string | null;
  request: Json;
  response: Json;
  /** What the code of the last attempt printed. */
  logs?: string[];
  /** The run that a step of kind `workflow` has started. */
  child?: StartedRun;
  /** Of a loop that has begun. */
  loop?: LoopCounts;
};

/** One item of a loop, as a person sees it. The steps have their addresses as ids. */
export type IterationView = {
  index: number;
  item: Json;
  status: StepStatus;
  why: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** What was collected. */
  value: Json;
  error: StepFailure | null;
  steps: StepView[];
};

export type IterationPage = {
  /** Only those after this index. */
  after: number;
  take: number;
  /** `failed`, or `open`: begun and not ended. */
  only?: 'failed' | 'open' | undefined;
};

export type RunSummary = {
  id: string;
  workflowId: string;
  workflowName: string;
  workflowVersion: number;
  status: RunStatus;
  trigger: { kind: RunTriggerKind };
  triggeredBy: string | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  error: { code: string; message: string } | null;
  why: string | null;
  replayOf: string | null;
};
export type RunView = RunSummary & {
  steps: StepView[];
  triggerOutput: Json;
  /** Workflows that called one another up to this run, outermost first; `~…` stands for one of another workspace. */
  calledBy: string[];
  /** The step of another run that started this one. */
  parent: { runId: string; stepId: string } | null;
};

/** The resources of the API as the screens use them (documented at `/docs`). */

import type { Json } from '@weftline/connectors/json';
import type { Action, Auth, Connector as ConnectorDocument, Trigger } from '@weftline/connectors/types';

export type { Json };
export type Fields = { [key: string]: Json };
export type Schema = { [keyword: string]: Json };
export type Problem = {
  path: string;
  code: string;
  message: string;
  stepId?: string;
  /** Of code: where in the source, counted from 1. */
  line?: number;
  column?: number;
};
export type Page<T> = { data: T[]; nextCursor: string | null; hasMore: boolean };

export type Role = 'owner' | 'admin' | 'builder' | 'author' | 'viewer';
export type User = { id: string; email: string; name: string };
export type Tenant = { id: string; name: string; plan: string; role: Role };
export type Session = { user: User; tenant: Tenant; tenants: Tenant[] };

export type Connector = ConnectorDocument;
export type ConnectorAuth = Auth;
export type ConnectorAction = Action;
export type ConnectorTrigger = Trigger;
export type AuthType = Auth['type'];

/** What an app can do, in short. */
export type AppPart = {
  kind: 'action' | 'trigger';
  key: string;
  name: string;
  description: string | null;
  effect: ConnectorAction['effect'] | null;
};
export type AppSummary = {
  key: string;
  name: string;
  description?: string | null;
  categories?: string[];
  icon?: string;
  builtIn: boolean;
  latestVersion: string | null;
  draft: boolean;
  authTypes: AuthType[];
  actions: number;
  triggers: number;
  /** When asked for. */
  parts?: AppPart[];
};
export type AppVersion = { version: string; publishedAt: string; status?: string; contentHash: string };
export type AppDraft = { definition: Connector; etag: string; problems: Problem[] };
export type App = Omit<AppSummary, 'draft'> & {
  versions: AppVersion[];
  draft?: AppDraft | null;
  definition: Connector | null;
};

export type SeenRequest = { method: string; url: string; headers: Record<string, string>; body?: unknown };
export type SeenResponse = { status: number; headers: Record<string, string>; body?: unknown };
export type CallError = {
  code: string;
  message: string;
  type?: string;
  status?: number;
  path?: string;
  hint?: string;
  line?: number;
  column?: number;
};
export type CallAnswer = {
  ok: boolean;
  request?: SeenRequest | null;
  response?: SeenResponse | null;
  output?: Json;
  error?: CallError;
  resolvedInput?: Json;
  why?: string;
  warnings?: Problem[];
  /** What code printed. */
  logs?: string[];
  tookMs?: number;
};

export type ConnectionStatus = 'untested' | 'working' | 'failing' | 'needs_reauth';
export type TestAnswer = {
  ok: boolean;
  account?: string | null;
  code?: string;
  message?: string;
  hint?: string;
  details?: { hosts: string[]; agreedHosts: string[] };
};
export type StoredCredential = { redacted: true; value: string; updatedAt?: string; fingerprint?: string };
export type Connection = {
  id: string;
  app: string;
  name: string;
  auth: string;
  config: Fields;
  status: ConnectionStatus;
  account: string | null;
  lastTestedAt: string | null;
  lastTest: TestAnswer | null;
  credentials: Record<string, StoredCredential>;
  credentialHosts: string[];
  hostsToAgree: string[];
  usedBy: { id: string; name: string }[];
  etag: string;
  createdAt: string;
  updatedAt: string;
};

export type TriggerKind = 'manual' | 'webhook' | 'schedule' | 'app';
export type TriggerDefinition = {
  kind: TriggerKind;
  verify?: Json;
  cron?: string;
  timezone?: string;
  [key: string]: Json | undefined;
};
export type StepKind = 'action' | 'filter' | 'branch' | 'delay' | 'transform' | 'workflow';
export type Step = {
  id: string;
  kind: StepKind | (string & {});
  name?: string;
  use?: string;
  connection?: string | null;
  input?: Json;
  after?: string[];
  condition?: string;
  [key: string]: Json | undefined;
};
export type ConnectionSlot = { app: string; connectionId?: string };
/** A name under `connections` of a workflow, and the connections with it. Null: none. */
export type ChosenConnection = { name: string | null; connections: Record<string, ConnectionSlot> };
export type Definition = {
  format: 'workflow/1';
  name: string;
  trigger: TriggerDefinition;
  connections?: Record<string, ConnectionSlot>;
  settings?: Fields;
  steps: Step[];
};
export type Sample = { value: Json; source: string; at: string };
export type Samples = Record<string, Sample>;
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
export type SlotState = { slot: string; connectionId: string; name: string; status: ConnectionStatus };
export type Workflow = {
  id: string;
  name: string;
  enabled: boolean;
  draft: Definition;
  layout?: Json;
  samples?: Samples;
  etag: string;
  publishedVersion: number | null;
  hasUnpublishedChanges: boolean;
  problems: Problem[];
  trigger: {
    kind: TriggerKind;
    hookUrl?: string;
    nextFireAt?: string | null;
    enabled: boolean;
    secret?: string;
    formerSecretUntil?: string | null;
    refused?: { count: number; at: string; why: string } | null;
  } & Partial<AppTriggerState>;
  lastRun: { id: string; status: RunStatus; createdAt: string } | null;
  connections: SlotState[];
  createdAt: string;
  updatedAt: string;
};
/** What is on of a trigger of an app. */
export type AppTriggerState = {
  use: string | null;
  connection: string | null;
  status: 'active' | 'subscribing' | 'failing' | 'off';
  why: string | null;
  everySeconds: number | null;
  lastPolledAt: string | null;
  nextPollAt: string | null;
  subscription: { since: string | null; expiresAt: string | null } | null;
  held: number;
  filtered: number;
};
/** What a trigger that was tried would start runs with. */
export type TriedTrigger = {
  ok: boolean;
  samples: Json[];
  found?: number;
  note?: string;
  hookUrl?: string;
  secret?: string;
  request?: SeenRequest | null;
  response?: SeenResponse | null;
  error?: CallError;
};
export type HookEvent = { id: string; at: string; output: Json };
export type WorkflowVersion = {
  version: number;
  publishedAt: string;
  note?: string | null;
  contentHash?: string;
};

export type RunStep = {
  id: string;
  name?: string;
  kind: string;
  status: StepStatus;
  attempts: number;
  startedAt: string | null;
  finishedAt: string | null;
  input: Json;
  output: Json;
  error: CallError | null;
  why: string | null;
  request?: SeenRequest | null;
  response?: SeenResponse | null;
  /** What the code of the last attempt printed. */
  logs?: string[];
  /** The run that this step has started. */
  child?: { runId: string; workflowId: string; workflowName: string };
  /** Of a loop that has begun. */
  loop?: LoopCounts;
};
/** How far a loop has come. */
export type LoopCounts = { total: number; done: number; failed: number; open: number };
/** One item of a loop; the steps have their place in their id, as in `each[3].send`. */
export type RunIteration = {
  index: number;
  item: Json;
  status: StepStatus;
  why: string;
  startedAt: string | null;
  finishedAt: string | null;
  value: Json;
  error: CallError | null;
  steps: RunStep[];
};
export type RunRow = {
  id: string;
  workflowId: string;
  workflowName: string;
  workflowVersion: number | null;
  status: RunStatus;
  trigger: { kind: TriggerKind | 'workflow' };
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  error: CallError | null;
  why: string | null;
  replayOf: string | null;
};
export type Run = RunRow & {
  steps: RunStep[];
  triggerOutput: Json;
  parent?: { runId: string; stepId: string } | null;
};
/** An approval that waits, as this person sees it. */
export type Approval = {
  id: string;
  runId: string;
  workflowName: string;
  stepId: string;
  title: string;
  message: string | null;
  mayDecide: boolean;
  whyNot?: string;
  requestedAt: string;
  expiresAt: string | null;
};
/** What concerns the person who is signed in. */
export type Notification = {
  id: string;
  kind: string;
  title: string;
  body: string;
  link: string | null;
  count: number;
  at: string;
  readAt: string | null;
};
/** What running it again would do. */
export type ReplayPreview = {
  from: string | null;
  version: number;
  kept: { id: string; name: string | null }[];
  again: { id: string; name: string | null; kind: string; before: boolean }[];
  added: { id: string; name: string | null }[];
  gone: { id: string; name: string | null }[];
  effects: {
    stepId: string;
    name: string | null;
    app: string | null;
    action: string | null;
    sent: { method: string; url: string } | null;
    before: 'done' | 'failed' | 'unknown';
    sameKey: boolean;
    safety: 'safe' | 'idempotent' | 'unsafe';
    words: string;
  }[];
};
export type JournalEvent = { seq: number; type: string; step: string | null; at: string; payload: Json };

/** When a workspace works; times as `09:00`, dates as `2026-12-25`. */
export type Calendar = {
  timezone: string;
  week: {
    [day in 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday']?: {
      from: string;
      to: string;
    }[];
  };
  holidays: string[];
  nextOpening: string | null;
};
export type Usage = {
  plan: string;
  workflows: { used: number; limit: number | null };
  runsPerHour: { used: number; limit: number | null; resetsAt: string };
  last24h: { succeeded: number; failed: number; cancelled: number; running: number };
};
export type Member = { userId: string; email: string; name: string; role: Role; joinedAt?: string };
export type ApiKey = {
  id: string;
  name: string;
  role?: Role;
  prefix?: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  key?: string;
};

export type VersionChange = { path: string; bump: 'major' | 'minor' | 'patch'; message: string };
/** What taking over another version of an app does to a workflow. */
export type Upgrade = {
  app: string;
  to: string;
  versions: { from: string; isOlder: boolean; bump: string; changes: VersionChange[] }[];
  definition: unknown;
  parts: {
    stepId: string | null;
    from: string;
    to: string;
    before: unknown;
    after: unknown;
    notes: string[];
  }[];
  reads: { path: string; before: string; after: string; note: string | null }[];
  problems: Problem[];
};

export type PlayedExample = { action: string; title: string; path: string; ok: boolean; faults: string[] };
/** What a draft changes against the newest version, and whom it touches. */
export type AppDiff = {
  from: string;
  to: string;
  bump: 'none' | 'patch' | 'minor' | 'major';
  changes: VersionChange[];
  wanted: string | null;
  workflows: {
    id: string;
    name: string;
    isLive: boolean;
    uses: { version: string; key: string }[];
    breaking: string[];
  }[];
};
/** One place of a connector that an import changes, or leaves as somebody wrote it. */
export type ImportChange = {
  path: string;
  kind: 'added' | 'removed' | 'changed' | 'kept_edit' | 'conflict';
};
/** What an import made. All but the first two only of a document, the last three only when it was kept as the draft. */
export type ImportedApp = {
  definition: Connector;
  warnings: string[];
  operations?: number;
  actions?: number;
  left?: { operation: string; reason: string }[];
  diff?: ImportChange[];
  key?: string;
  etag?: string;
  problems?: Problem[];
};

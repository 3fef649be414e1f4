// The words of one call to one service. Nothing in this folder knows a queue or a table.
import type { Json } from '@weftline/connectors/json';
import type { Problem } from '@weftline/connectors/problem';
import type { Connector } from '@weftline/connectors/types';
import type { Egress } from '../platform/egress/create-egress.ts';
import type { Sent } from '../platform/egress/egress-error.ts';
import type { ErrorCode } from '../platform/errors.ts';
import type { Rates } from './count-rates.ts';
import type { Files } from './files.ts';

export type { Sent } from '../platform/egress/egress-error.ts';

/** Which of a connection's credentials were set once for its app. */
export type AppLevel = {
  names: readonly string[];
  /** Those of them that were secret when they were set, whatever the version at hand says of them. */
  secrets: readonly string[];
  /** Where they may be sent; templates of settings among them. */
  hosts: readonly string[];
};

/** A connection whose credentials have been opened for one call. */
export type OpenConnection = {
  id: string;
  name: string;
  /** Which `auth` of the connector it was made for. */
  authKey: string;
  config: { [name: string]: Json };
  /** Plain text; for OAUTH2 also `accessToken`, `refreshToken`, `expiresAt` (ISO 8601) and `scope`. */
  credentials: { [name: string]: string };
  /** Hosts credentials may go to where the connector allows any host; `config.hosts` when absent. */
  allowedHosts?: string[];
  /**
   * Hosts that a person agreed to send the credentials to; empty: not bound yet. Without it nobody keeps such a list, as in plays of
   * examples, and the app's own hosts are the only wall.
   */
  credentialHosts?: readonly string[];
  /** Missing where all its credentials are its own. */
  appLevel?: AppLevel;
  /** Binds a connection that is not bound yet to the hosts of the version that uses it first, and answers what it is bound to. */
  bindHosts?: (declared: readonly string[]) => Promise<readonly string[]>;
  /** Stores new tokens before they are used. */
  saveCredentials: (next: { [name: string]: string }) => Promise<void>;
  /** Where this is what another way to sign in sees of it: the connection itself. */
  whole?: OpenConnection;
  /** Keeps values that were learned while signing in; those not named stay. */
  saveConfig?: (learned: { [name: string]: Json }) => Promise<void>;
};

/** The workflows that led to a call, for our own addresses: `origin` is this installation's. */
export type CallChain = { origin: string; header(): string };

export type Call = {
  tenantId: string;
  connector: Connector;
  /** Key of the action. */
  action: string;
  input: Json;
  /** Opens the connection as late as possible; null when the step has none. */
  openConnection: (() => Promise<OpenConnection>) | null;
  run: { id: string; stepId: string; attempt: number; idempotencyKey: string };
  callChain?: CallChain | undefined;
  timeoutMs?: number;
  signal?: AbortSignal;
};

export type CallErrorType =
  | 'AUTH'
  | 'PERMISSION'
  | 'NOT_FOUND'
  | 'VALIDATION'
  | 'RATE_LIMIT'
  | 'CONFLICT'
  | 'TEMPORARY'
  | 'PERMANENT'
  | 'NETWORK'
  | 'TIMEOUT'
  | 'BLOCKED'
  | 'CANCELLED';

export type CallError = {
  code: ErrorCode;
  type: CallErrorType;
  /** For a person; secrets are taken out. */
  message: string;
  /** HTTP status, when one came. */
  status?: number;
  retryAfterMs?: number;
  sent: Sent;
  /** JSON pointer into the input, when a member of it is at fault. */
  path?: string;
  /** The service's own code for it, as an error rule of the app reads it. */
  remoteCode?: string;
  /** Why no answer came, in one word (`dns`, `refused`, `tls`, …). */
  reason?: string;
  problems?: Problem[];
  /** What the app's `retry.retryOn` says of this failure; absent where the app has none. */
  isWorthRepeating?: boolean;
  /** A request of the same call that changes things was answered before this failure. */
  hasActed?: boolean;
  /** No request was sent, because the limit of the service is used up until `retryAfterMs` from now: not an attempt. */
  isHeld?: boolean;
};

/** What was sent, fit to be shown: secrets redacted, body cut at 64 KiB. */
export type SeenRequest = { method: string; url: string; headers: { [name: string]: string }; body: Json };
export type SeenResponse = { status: number; headers: { [name: string]: string }; body: Json };

export type CallResult =
  | {
      ok: true;
      output: Json;
      warnings: Problem[];
      request: SeenRequest;
      response: SeenResponse;
      tookMs: number;
    }
  | {
      ok: false;
      error: CallError;
      request: SeenRequest | null;
      response: SeenResponse | null;
      tookMs: number;
    };

/** Runs `work` while nobody else refreshes this connection, in any process. */
export type LockRefresh = <Result>(connectionId: string, work: () => Promise<Result>) => Promise<Result>;

/** Whether a host is left alone for a while, because it gave no answer several times in a row. */
export type Breaker = {
  /** @returns null: it may be called; else how long to wait and why. `isOutage`: it has lasted so long that waiting on helps nobody */
  ask(host: string): Promise<{ waitMs: number; why: string; isOutage: boolean } | null>;
  /** How a call ended. @param failure why no answer came; null: one came */
  tell(host: string, failure: string | null): Promise<void>;
};

export type ExecutorDependencies = {
  egress: Egress;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Without it refreshes are single-flight within this process alone. */
  lockRefresh?: LockRefresh;
  /** What was sent under limits, of all processes; without it this process counts by itself. */
  rates?: Rates;
  /** Without it a host that is down is called again and again. */
  breaker?: Breaker;
  /** The files of the workspace; without them files can be neither sent nor kept. */
  files?: Files;
};

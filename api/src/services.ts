// What the API is given: made once a process by main.ts, handed to createApp, reachable as `context.services`.
import type { Database } from '@weftline/prisma';
import type { AppsLoader } from '@weftline/runner/apps/create-apps-loader';
import type { codeChecker } from '@weftline/runner/code/check-code';
import type { CodePool } from '@weftline/runner/code/code-pool';
import type { Engine } from '@weftline/runner/engine';
import type { Egress } from '@weftline/runner/platform/egress/create-egress';
import type { FileStore } from '@weftline/runner/files/store-files';
import type { Environment } from '@weftline/runner/platform/env';
import type { Logger } from '@weftline/runner/platform/logger';
import type { Vault } from '@weftline/runner/platform/vault';
import type { HookCall } from '@weftline/runner/triggers/read-hook-body';
import type { HookAnswer } from '@weftline/runner/triggers/take-hook';

/** What the API uses of Redis. With a whole ioredis client (defineCommand) several API processes count sign-ins together. */
export type RedisHandle = { ping(): Promise<string>; defineCommand?: unknown };

/** What the API uses of a metrics registry. A prom-client Registry fits. */
export type MetricsRegistry = { readonly contentType: string; metrics(): Promise<string> };

/** A further check of /ready: true when all is well, else a sentence. */
export type ReadyCheck = () => Promise<true | string>;

export type Services = {
  env: Environment;
  logger: Logger;
  database: Database;
  engine: Engine;
  /** Takes a call of a hook: verified, read and committed before it answers. */
  takeHook: (call: HookCall) => Promise<HookAnswer>;
  vault: Vault;
  egress: Egress;
  apps: AppsLoader;
  files: FileStore;
  /** Runs the code of steps that are tried. */
  code: CodePool;
  /** What is wrong with the code of a document, without running it. */
  checkCode: ReturnType<typeof codeChecker>;
  /** Keys of access tokens by key id (JWT_KEYS); the first signs, all verify. At least 32 bytes each. */
  tokenKeys: ReadonlyMap<string, Buffer>;
  /** The wall clock; tests hand in their own. */
  clock: () => Date;
  /** Absent: one process alone (embedded mode). */
  redis?: RedisHandle;
  metrics?: MetricsRegistry;
  readyChecks?: { [name: string]: ReadyCheck };
  /** Names of the migrations of this code; /ready compares them with the database's. */
  migrations?: readonly string[];
  /** Folder of the built web app. Absent: web/.output/public of this checkout. */
  webFolder?: string;
  /** Set by main.ts at SIGTERM: /ready answers 503 from then on. */
  draining?: boolean;
};

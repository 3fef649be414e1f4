/** Composes the folders of `connectors/apps/` into whole connectors. Reads the disk; not for the browser. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compareVersions } from './compare-versions.ts';
import type { Json } from './json.ts';
import type { Action, Connector, Trigger } from './types.ts';

export const appsDirectory = join(import.meta.dirname, '../apps');

/** One call of an action and what must come of it, played by the executor against a service that answers `response`. */
export type Fixture = {
  title: string;
  action: string;
  /** Key of the way to sign in; without it the first one, or none when `credentials` is absent. */
  auth?: string;
  input: Json;
  config?: { [setting: string]: Json };
  credentials?: { [name: string]: string };
  /** What must be sent; only the headers that are named are compared, `body: null` means none. */
  request: { method: string; url: string; headers?: { [name: string]: string }; body?: Json };
  response: { status: number; headers: { [name: string]: string }; body: Json };
  /** For an action that makes several requests: what follows the first one, in order. */
  calls?: FixtureCall[];
  output?: Json;
  error?: { type: string; code?: string; message?: string };
};

/** A request that is made and what the service answers to it; compared as in `Fixture`. */
export type FixtureCall = { request: Fixture['request']; response: Fixture['response'] };

/**
 * What a trigger asks or receives and the runs that must come of it, played against a service that answers. Exactly
 * one of `poll`, `call` and `subscribe` is there.
 */
export type TriggerFixture = {
  title: string;
  trigger: string;
  auth?: string;
  input?: Json;
  config?: { [setting: string]: Json };
  credentials?: { [name: string]: string };
  /** The clock, ISO 8601; now when absent. */
  now?: string;
  /** One poll: `calls` are made in this order. Without `isFirst` it is a later one, and `seen` are the keys known before. */
  poll?: { isFirst?: boolean; cursor?: Json; seen?: string[]; calls: FixtureCall[]; cursorAfter?: Json };
  /** One call that comes in, with its body as text, exactly as it is signed. `calls` are what we ask because of it. */
  call?: {
    method: string;
    url?: string;
    headers: { [name: string]: string };
    body: string;
    calls?: FixtureCall[];
  };
  /** Turning the trigger on; what must be kept of the answers is `subscription`. */
  subscribe?: { calls: FixtureCall[]; subscription: { [name: string]: Json } };
  /** `webhook.url` and `webhook.secret` of the workflow. */
  webhook?: { url: string; secret: string };
  /** What was kept when the trigger was turned on, and what handshakes kept. */
  subscription?: { [name: string]: Json };
  stored?: { [name: string]: string };
  /** For `call`: what the service must be answered; only what is named is compared. */
  answer?: { status: number; headers?: { [name: string]: string }; body?: Json };
  /** For `poll` and `call`: what runs start with, oldest first; an empty list means that none starts. */
  events?: Json[];
};

/** Folders of all apps, sorted by key. */
export function listAppFolders(directory = appsDirectory): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, 'app.json')))
    .map(({ name }) => join(directory, name))
    .toSorted();
}

/** The connector of every app as its source says now, sorted by key. Not validated; a test does that. */
export function loadApps(directory = appsDirectory): Connector[] {
  return listAppFolders(directory).map(composeApp);
}

/** Every version of every app that was ever published, oldest first: what a fresh database must know as well. */
export function loadVersions(directory = appsDirectory): Connector[] {
  return listAppFolders(directory).flatMap((folder) =>
    listJson(join(folder, 'versions'))
      .map((file) => readJson(file) as Connector)
      .toSorted((a, b) => compareVersions(a.version, b.version)),
  );
}

/** The fixtures of the actions of one app, by connector or key. */
export function loadFixtures(app: Connector | string, directory = appsDirectory): Fixture[] {
  const key = typeof app === 'string' ? app : app.app.key;
  return readFixtures(key, directory).filter((fixture) => 'action' in fixture);
}

/** The fixtures of the triggers of one app. */
export function loadTriggerFixtures(app: Connector | string, directory = appsDirectory): TriggerFixture[] {
  const key = typeof app === 'string' ? app : app.app.key;
  return readFixtures(key, directory).filter((fixture) => 'trigger' in fixture);
}

function readFixtures(key: string, directory: string): (Fixture | TriggerFixture)[] {
  return listJson(join(directory, key, 'fixtures')).flatMap(
    (file) => readJson(file) as (Fixture | TriggerFixture)[],
  );
}

/**
 * One connector from its folder: `app.json`, `actions/<key>.json`, `triggers/<key>.json`, `icon.svg`. Keys are the
 * names of the files and are written nowhere else.
 */
export function composeApp(folder: string): Connector {
  const { app, $defs, ...rest } = readJson(join(folder, 'app.json')) as Omit<
    Connector,
    'actions' | 'triggers'
  >;
  const icon = join(folder, 'icon.svg');
  const keyed = <Part>(kind: string) =>
    listJson(join(folder, kind)).map(
      (file) => ({ key: basename(file, '.json'), ...(readJson(file) as object) }) as Part,
    );
  return {
    ...rest,
    app: {
      ...app,
      key: basename(folder),
      ...(existsSync(icon)
        ? { icon: `data:image/svg+xml;base64,${readFileSync(icon).toString('base64')}` }
        : {}),
    },
    ...($defs ? { $defs } : {}),
    actions: keyed<Action>('actions'),
    triggers: keyed<Trigger>('triggers'),
  };
}

function listJson(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(folder, name));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Finds parts of a connector by key, and takes `app@version#action` apart. */
import type { Action, Connector, Trigger } from './types.ts';

/** The action of that key, or undefined. */
export function findAction(connector: Connector, key: string): Action | undefined {
  return connector.actions.find((action) => action.key === key);
}

/** The trigger of that key, or undefined. */
export function findTrigger(connector: Connector, key: string): Trigger | undefined {
  return connector.triggers?.find((trigger) => trigger.key === key);
}

/** What a step names with `use`: an app, an exact version, and an action or trigger of it. */
export type Use = { app: string; version: string; key: string };

/** `github@1.2.0#create-issue` taken apart; null when it does not have that form. */
export function parseUse(use: string): Use | null {
  const found = /^([a-z][a-z0-9-]{0,63})@(\d{1,6}\.\d{1,6}\.\d{1,6})#([a-z][a-z0-9-]{0,63})$/.exec(use);
  return found ? { app: found[1]!, version: found[2]!, key: found[3]! } : null;
}

/** The text of a `use`. */
export function formatUse({ app, version, key }: Use): string {
  return `${app}@${version}#${key}`;
}

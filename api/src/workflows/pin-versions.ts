// Steps and the trigger name exact app versions. A draft may say less (`github#create-issue`, `github@1#…`, `github@latest#…`): the newest fits.
import type { Connector } from '@weftline/connectors/types';
import { parseUse } from '@weftline/connectors/find-action';
import { findApp } from '../apps/find-app.ts';
import type { Services } from '../services.ts';
import { appTriggerOf, type LooseDefinition, usesOf } from './read-definition.ts';

const loose = /^([a-z][a-z0-9-]{0,63})(?:@(latest|\d{1,6}(?:\.\d{1,6})?))?#([a-z][a-z0-9-]{0,63})$/;

/** Loops in loops that are looked into; publishing allows fewer. */
const deepest = 8;

/** Resolves the app of every step and of the trigger to an exact version. What cannot be resolved stays as it is written. */
export async function pinVersions(
  { database }: Pick<Services, 'database'>,
  tenantId: string,
  definition: LooseDefinition,
): Promise<LooseDefinition> {
  const exact = new Map<string, string>();
  for (const use of usesOf(definition)) {
    const match = typeof use === 'string' ? loose.exec(use) : null;
    if (!match) continue;
    const [whole, key = '', wanted = 'latest', action = ''] = match;
    const found = await database.withTenant(tenantId, (tx) => findApp(tx, tenantId, key));
    const version = found?.versions.find(
      (row) => wanted === 'latest' || `${row.version}.`.startsWith(`${wanted}.`),
    );
    if (version) exact.set(whole, `${key}@${version.version}#${action}`);
  }
  if (exact.size === 0) return definition;
  const pin = (part: unknown) => {
    const use = (part as { use?: unknown } | null)?.use;
    const resolved = typeof use === 'string' ? exact.get(use) : undefined;
    return resolved === undefined ? part : { ...(part as object), use: resolved };
  };
  const pinSteps = (steps: unknown, depth = 0): unknown =>
    Array.isArray(steps) && depth < deepest
      ? steps.map((step: unknown) => {
          const inner = (step as { steps?: unknown } | null)?.steps;
          return Array.isArray(inner)
            ? { ...(pin(step) as object), steps: pinSteps(inner, depth + 1) }
            : pin(step);
        })
      : steps;
  const { steps, trigger } = definition;
  return {
    ...definition,
    ...(Array.isArray(steps) ? { steps: pinSteps(steps) } : {}),
    ...(appTriggerOf(definition) ? { trigger: pin(trigger) } : {}),
  };
}

/** Loads the apps that the steps and the trigger of a pinned document use. Null: one that is not published here. */
export async function loadUsedApps(
  { apps }: Pick<Services, 'apps'>,
  tenantId: string,
  pinned: LooseDefinition,
): Promise<(key: string, version: string) => Connector | null> {
  const loaded = new Map<string, Connector | null>();
  for (const use of usesOf(pinned)) {
    const parsed = typeof use === 'string' ? parseUse(use) : null;
    if (!parsed) continue;
    const name = `${parsed.app}@${parsed.version}`;
    if (!loaded.has(name)) loaded.set(name, await apps.find(tenantId, parsed.app, parsed.version));
  }
  return (key, version) => loaded.get(`${key}@${version}`) ?? null;
}

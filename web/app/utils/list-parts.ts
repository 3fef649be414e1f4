/** What the pickers offer: the actions or the triggers of all apps, found by a few letters. */
import { formatUse } from '@weftline/connectors/find-action';
import type { AppPart, AppSummary } from '../types/api.ts';
import { type Searchable, searchItems, toSearchable } from './search-words.ts';

export type OfferedPart = { app: AppSummary; part: AppPart; use: string; id: string };
export type PartsOfApp = { app: AppSummary; parts: OfferedPart[] };

/** Ready to be searched; `id` stays the same when the app gets another version. */
export function toOffered(apps: readonly AppSummary[], kind: AppPart['kind']): Searchable<OfferedPart>[] {
  return apps.flatMap((app) =>
    (app.parts ?? [])
      .filter((part) => part.kind === kind && app.latestVersion !== null)
      .map((part) => {
        const use = formatUse({ app: app.key, version: app.latestVersion!, key: part.key });
        return toSearchable({ app, part, use, id: `${app.key}#${part.key}` }, [
          { text: part.name, weight: 1 },
          { text: app.name, weight: 0.95 },
          { text: `${app.key} ${part.key}`, weight: 0.8 },
          { text: app.categories?.join(' '), weight: 0.3, isExact: true },
          { text: part.description, weight: 0.35, isExact: true },
        ]);
      }),
  );
}

/**
 * What is found, by app; the app of the best hit first, and what was used lately before its like.
 * @returns at most `limit` parts, and how many more there are
 */
export function findParts(
  offered: readonly Searchable<OfferedPart>[],
  query: string,
  recent: readonly string[],
  limit: number,
): { groups: PartsOfApp[]; more: number } {
  const lately = new Set(recent);
  const found = searchItems(offered, query, ({ id }) => (lately.has(id) ? 0.08 : 0));
  const groups = new Map<string, PartsOfApp>();
  for (const one of found.slice(0, limit)) {
    const group = groups.get(one.app.key) ?? { app: one.app, parts: [] };
    group.parts.push(one);
    groups.set(one.app.key, group);
  }
  return { groups: [...groups.values()], more: Math.max(0, found.length - limit) };
}

/** The apps that match the words by name, description, category or what they can do; own ones first. */
export function findApps(
  apps: readonly AppSummary[],
  query: string,
  category: string | null = null,
): AppSummary[] {
  const of = apps
    .filter((app) => category === null || app.categories?.includes(category))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const all = of.map((app) =>
    toSearchable(app, [
      { text: `${app.name} ${app.key}`, weight: 1 },
      { text: app.categories?.join(' '), weight: 0.5 },
      { text: app.description, weight: 0.4, isExact: true },
      { text: app.parts?.map(({ name }) => name).join(' '), weight: 0.3, isExact: true },
    ]),
  );
  return searchItems(all, query).toSorted((a, b) => Number(a.builtIn) - Number(b.builtIn));
}

/** `project-management` as people write it. */
export function sayCategory(category: string): string {
  const words = category.replaceAll('-', ' ');
  return words.length <= 3 ? words.toUpperCase() : words.charAt(0).toUpperCase() + words.slice(1);
}

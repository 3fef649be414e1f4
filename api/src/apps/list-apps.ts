import type { Connector } from '@weftline/connectors/types';
import { platformTenantId } from '@weftline/prisma';
import type { Context } from '../context.ts';
import type { AppFound, AppRow, VersionRow } from './find-app.ts';
import { newestFirst } from './sort-versions.ts';

export type ListedApp = { app: AppFound; connector: Partial<Connector> | null };

/** Every word of the search stands somewhere in key, name, description or categories. */
export function isFound({ app, connector }: ListedApp, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const described = connector?.app;
  const text = [app.row.key, app.row.name, described?.description ?? '', ...(described?.categories ?? [])]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** All apps the tenant sees, its own and the built-in ones, in order of their keys; an own app hides a built-in of its key. */
export async function listApps(context: Context): Promise<ListedApp[]> {
  const { tenantId, services } = context;
  const rows = await context.read(async (tx) => {
    const found = new Map<string, AppFound>();
    for (const owner of [platformTenantId, tenantId]) {
      const apps: AppRow[] = await tx.app.findMany({ where: { tenantId: owner, deletedAt: null } });
      const versions: (VersionRow & { appKey: string })[] = await tx.appVersion.findMany({
        where: { tenantId: owner },
        select: { appKey: true, version: true, contentHash: true, status: true, publishedAt: true },
      });
      const byKey = Map.groupBy(versions, (version) => version.appKey);
      for (const row of apps)
        found.set(row.key, {
          row,
          builtIn: owner === platformTenantId,
          versions: newestFirst(byKey.get(row.key) ?? []),
        });
    }
    return [...found.values()];
  });
  const listed = await Promise.all(
    rows.map(async (app): Promise<ListedApp> => {
      const newest = app.versions[0]?.version;
      if (newest !== undefined)
        return { app, connector: await services.apps.find(tenantId, app.row.key, newest) };
      return { app, connector: app.row.draft === null ? null : (JSON.parse(app.row.draft) as Connector) };
    }),
  );
  return listed.toSorted((a, b) => (a.app.row.key < b.app.row.key ? -1 : 1));
}

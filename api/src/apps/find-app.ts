// An app as a tenant sees it: its own, else the platform's. Strangers' apps do not exist.
import { type Transaction, platformTenantId } from '@weftline/prisma';
import { notFound } from '../fail.ts';
import { newestFirst } from './sort-versions.ts';

export type VersionRow = { version: string; contentHash: string; status: string; publishedAt: Date };
export type AppRow = {
  tenantId: string;
  key: string;
  name: string;
  draft: string | null;
  etag: number;
  createdAt: Date;
  updatedAt: Date;
};
export type AppFound = { row: AppRow; builtIn: boolean; versions: VersionRow[] };

/** The app with its published versions, newest first. Null: the tenant sees no such app. */
export async function findApp(tx: Transaction, tenantId: string, key: string): Promise<AppFound | null> {
  for (const owner of [tenantId, platformTenantId]) {
    const row = await tx.app.findFirst({ where: { tenantId: owner, key, deletedAt: null } });
    if (row === null) continue;
    const versions = await tx.appVersion.findMany({
      where: { tenantId: owner, appKey: key },
      select: { version: true, contentHash: true, status: true, publishedAt: true },
    });
    return { row, builtIn: owner === platformTenantId, versions: newestFirst(versions) };
  }
  return null;
}

/** As findApp; @throws CodedError not_found */
export async function requireApp(tx: Transaction, tenantId: string, key: string): Promise<AppFound> {
  const found = await findApp(tx, tenantId, key);
  if (found === null) throw notFound('app');
  return found;
}

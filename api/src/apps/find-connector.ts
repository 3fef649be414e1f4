// The connector document that an app stands for where no version is pinned: its newest version, else its draft.
import type { Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import type { Services } from '../services.ts';
import { invalidInput, notFound } from '../fail.ts';
import { type AppFound, requireApp } from './find-app.ts';

export type ConnectorFound = { app: AppFound; connector: Connector; version: string; isDraft: boolean };

/**
 * Input: the app's key and a version, `draft`, or nothing (the newest version, else the draft).
 * A draft may be unfinished: validate it before using it.
 * @throws CodedError not_found when the tenant sees no such app, version or draft
 */
export async function findConnector(
  { database, apps }: Pick<Services, 'database' | 'apps'>,
  tenantId: string,
  key: string,
  version?: string,
): Promise<ConnectorFound> {
  const app = await database.withTenant(tenantId, (tx) => requireApp(tx, tenantId, key));
  const chosen = version ?? app.versions[0]?.version ?? 'draft';
  if (chosen === 'draft') {
    if (app.row.draft === null) throw notFound('draft');
    return {
      app,
      connector: JSON.parse(app.row.draft) as Connector,
      version: 'draft',
      isDraft: true,
    };
  }
  const connector = await apps.find(tenantId, key, chosen);
  if (connector === null) throw notFound('version');
  return { app, connector, version: chosen, isDraft: false };
}

/**
 * As findConnector, for use and not for looking at.
 * @throws CodedError not_found; invalid_input with the problems of an unfinished draft
 */
export async function findUsableConnector(
  services: Pick<Services, 'database' | 'apps'>,
  tenantId: string,
  key: string,
  version?: string,
): Promise<ConnectorFound> {
  const found = await findConnector(services, tenantId, key, version);
  if (!found.isDraft) return found;
  const problems = validateConnector(found.connector, 'save');
  if (problems.length > 0)
    throw invalidInput(problems, 'The draft of this app is unfinished. Mend it first.');
  return found;
}

import { validateConnector } from '@weftline/connectors/validate-connector';
import type { Context } from '../context.ts';
import { notFound } from '../fail.ts';
import { requireApp } from './find-app.ts';
import { presentApp, presentVersion } from './present-app.ts';

/** The app with its versions, its newest document and, for an own app, the draft with what is wrong in it. */
export async function readApp(context: Context, key: string) {
  const { tenantId, services } = context;
  const app = await context.read((tx) => requireApp(tx, tenantId, key));
  const newest = app.versions[0]?.version;
  const latest = newest === undefined ? null : await services.apps.find(tenantId, key, newest);
  const definition: unknown = app.row.draft === null || app.builtIn ? null : JSON.parse(app.row.draft);
  const draft = definition === null ? null : { definition, problems: validateConnector(definition, 'save') };
  return { app, shown: presentApp(app, latest, draft) };
}

/** One published version with its document. @throws CodedError not_found */
export async function readAppVersion(context: Context, key: string, version: string) {
  const { tenantId, services } = context;
  const app = await context.read((tx) => requireApp(tx, tenantId, key));
  const row = app.versions.find((one) => one.version === version);
  const definition = row && (await services.apps.find(tenantId, key, version));
  if (!row || !definition) throw notFound('version');
  return { app: key, ...presentVersion(row), definition };
}

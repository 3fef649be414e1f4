import type { Context } from '../context.ts';
import { conflict } from '../fail.ts';
import { compareConnectors } from '@weftline/connectors/compare-versions';
import { findConnector } from './find-connector.ts';

/**
 * What changed between two documents of an app. Preset: from the newest version to the draft.
 * @throws CodedError not_found, conflict when there is nothing to compare with
 */
export async function diffApp(context: Context, key: string, from?: string, to?: string) {
  const { tenantId, services } = context;
  const later = await findConnector(services, tenantId, key, to ?? 'draft');
  const { versions } = later.app;
  const newest = from ?? versions.find((row) => row.version !== later.version)?.version;
  if (newest === undefined) throw conflict('There is no published version to compare with yet.');
  const earlier = await findConnector(services, tenantId, key, newest);
  const compared = compareConnectors(earlier.connector, later.connector);
  return { from: earlier.version, to: later.version, ...compared };
}

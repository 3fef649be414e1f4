import type { Context } from '../context.ts';
import { conflict } from '../fail.ts';
import { compareConnectors, raise } from '@weftline/connectors/compare-versions';
import { findUsableConnector } from './find-connector.ts';
import { listAffected } from './list-affected.ts';

/**
 * What changed between two documents of an app, which version that asks for, and which workflows use the app. Preset:
 * from the newest version to the draft.
 * @throws CodedError not_found, conflict when there is nothing to compare with, invalid_input for an unfinished draft
 */
export async function diffApp(context: Context, key: string, from?: string, to?: string) {
  const { tenantId, services } = context;
  const later = await findUsableConnector(services, tenantId, key, to ?? 'draft');
  const { versions } = later.app;
  const newest = from ?? versions.find((row) => row.version !== later.version)?.version;
  if (newest === undefined) throw conflict('There is no published version to compare with yet.');
  const earlier = await findUsableConnector(services, tenantId, key, newest);
  const compared = compareConnectors(earlier.connector, later.connector);
  const workflows = await context.read((tx) =>
    listAffected(tx, tenantId, later.connector, earlier.connector, compared.changes),
  );
  const wanted =
    earlier.version === 'draft'
      ? null
      : raise(earlier.version, compared.bump === 'none' ? 'patch' : compared.bump);
  return { from: earlier.version, to: later.version, ...compared, wanted, workflows };
}

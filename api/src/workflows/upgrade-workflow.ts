// What becomes of a workflow when it takes over another version of an app. Nothing is saved: the editor does, as a change like any other.
import { compareConnectors, compareVersions, type Bump } from '@weftline/connectors/compare-versions';
import { parseUse } from '@weftline/connectors/find-action';
import type { Json } from '@weftline/connectors/json';
import { upgradeDefinition } from '@weftline/runner/workflow/upgrade-definition';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Context } from '../context.ts';
import { checkWorkflow } from './check-workflow.ts';
import { requireWorkflow } from './find-workflow.ts';
import type { LooseDefinition } from './read-definition.ts';

export type UpgradeRequest = {
  app: string;
  /** Preset: the newest version. */
  version?: string | undefined;
  /** Preset: all that use the app. */
  steps?: string[] | undefined;
  /** Preset: the stored draft. */
  definition?: LooseDefinition | undefined;
};

/**
 * @returns the changed document, what changed where, what the versions differ in, and what would stand in the way of
 * publishing it
 * @throws CodedError not_found: no such workflow, app or version
 */
export async function upgradeWorkflow(context: Context, id: string, request: UpgradeRequest) {
  const { tenantId, services } = context;
  const { row } = await context.read((tx) => requireWorkflow(tx, tenantId, id));
  const definition = request.definition ?? (JSON.parse(row.draft) as LooseDefinition);
  const { connector } = await findUsableConnector(services, tenantId, request.app, request.version);
  const upgraded = upgradeDefinition(definition as { [member: string]: Json }, connector, request.steps);
  const former = [...new Set(upgraded.parts.map(({ from }) => parseUse(from)!.version))];
  const versions = await Promise.all(
    former.toSorted(compareVersions).map(async (from) => {
      const older = await services.apps.find(tenantId, request.app, from);
      const compared = older ? compareConnectors(older, connector) : { bump: 'none' as Bump, changes: [] };
      return { from, isOlder: compareVersions(from, connector.version) < 0, ...compared };
    }),
  );
  const { problems } = await checkWorkflow(services, tenantId, upgraded.definition, id);
  return { app: request.app, to: connector.version, versions, ...upgraded, problems };
}

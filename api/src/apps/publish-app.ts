import { checkBump } from '@weftline/connectors/compare-versions';
import { hashDocument } from '@weftline/connectors/hash-document';
import type { Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import type { Context } from '../context.ts';
import { conflict, invalidInput, type Problem } from '../fail.ts';
import { requireApp } from './find-app.ts';
import { checkExamples } from './play-examples.ts';

/**
 * Makes the draft of an own app a version that never changes again. The draft is gone afterwards.
 * @throws CodedError not_found, conflict (built-in, nothing to publish, changed meanwhile), invalid_input with the problems
 */
export async function publishApp(
  context: Context,
  key: string,
): Promise<{ version: string; contentHash: string }> {
  const { tenantId, services } = context;
  const app = await context.read((tx) => requireApp(tx, tenantId, key));
  if (app.builtIn) throw conflict(`${key} is a built-in app; it cannot be changed.`);
  if (app.row.draft === null)
    throw conflict('There is no draft to publish. Save one first.', {
      latestVersion: app.versions[0]?.version,
    });
  const definition: unknown = JSON.parse(app.row.draft);
  const problems: Problem[] = validateConnector(definition, 'publish');
  if (problems.length > 0) throw invalidInput(problems, 'The draft cannot be published yet.');
  const connector = definition as Connector;
  const lies = await checkExamples(connector);
  if (lies.length > 0) throw invalidInput(lies, 'Examples of the draft do not come out as they say.');
  const { version } = connector;
  const newest = app.versions[0]?.version;
  const former = newest === undefined ? null : await services.apps.find(tenantId, key, newest);
  const fault = former && checkBump(former, connector);
  if (fault)
    throw invalidInput(
      [{ path: '/version', code: 'wrong_bump', message: fault }],
      'The version number does not fit the change.',
    );
  const contentHash = hashDocument(connector);
  await context.change(
    { action: 'app.published', subject: `app:${key}`, details: { version, contentHash } },
    async (tx) => {
      const { count } = await tx.app.updateMany({
        where: { tenantId, key, deletedAt: null, etag: app.row.etag },
        data: { draft: null, name: connector.app.name, etag: { increment: 1 }, updatedAt: new Date() },
      });
      if (count === 0) throw conflict('Somebody saved the draft meanwhile. Look at it again, then publish.');
      await tx.appVersion.createMany({
        data: [
          {
            tenantId,
            appKey: key,
            version,
            definition: JSON.stringify(connector),
            contentHash,
            publishedBy: context.actor.userId,
          },
        ],
      });
    },
  );
  return { version, contentHash };
}

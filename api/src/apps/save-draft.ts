import { validateConnector } from '@weftline/connectors/validate-connector';
import type { Context } from '../context.ts';
import { formatEtag, readIfMatch, staleEdit } from '../edit-version.ts';
import { conflict, invalidInput } from '../fail.ts';
import { requireApp } from './find-app.ts';
import { keyOf, nameOf } from './name-of-definition.ts';

/**
 * Replaces the draft of an own app. Faults are answered, not refused.
 * @throws CodedError not_found, conflict (built-in), invalid_input (another key), edit_needs_version, stale_edit
 */
export async function saveDraft(context: Context, key: string, definition: { [member: string]: unknown }) {
  const { tenantId } = context;
  const expected = readIfMatch(context);
  const etag = await context.change({ action: 'app.draft_saved', subject: `app:${key}` }, async (tx) => {
    const app = await requireApp(tx, tenantId, key);
    if (app.builtIn) throw conflict(`${key} is a built-in app; it cannot be changed.`);
    if (keyOf(definition) !== key)
      throw invalidInput([
        {
          path: '/definition/app/key',
          code: 'key_changed',
          message: `The key of an app never changes: it is ${key}.`,
        },
      ]);
    const { count } = await tx.app.updateMany({
      where: { tenantId, key, deletedAt: null, etag: expected ?? app.row.etag },
      data: {
        draft: JSON.stringify(definition),
        name: nameOf(definition),
        etag: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    if (count === 0) throw staleEdit(app.row.etag);
    return (expected ?? app.row.etag) + 1;
  });
  return { etag: formatEtag(etag), problems: validateConnector(definition, 'save') };
}

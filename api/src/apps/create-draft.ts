import { platformTenantId } from '@weftline/prisma';
import { validateConnector } from '@weftline/connectors/validate-connector';
import type { Context } from '../context.ts';
import { formatEtag } from '../edit-version.ts';
import { conflict } from '../fail.ts';
import { keyOf, nameOf } from './name-of-definition.ts';

/**
 * Makes an app of the tenant with a draft. Faults of the document do not stand in the way; they are answered.
 * @throws CodedError invalid_input without a usable key; conflict when the key is a built-in app's or already the tenant's
 */
export async function createDraft(context: Context, definition: { [member: string]: unknown }) {
  const key = keyOf(definition);
  const { tenantId } = context;
  await context.change({ action: 'app.created', subject: `app:${key}` }, async (tx) => {
    const builtIn = await tx.app.findFirst({
      where: { tenantId: platformTenantId, key },
      select: { key: true },
    });
    if (builtIn) throw conflict(`${key} is a built-in app. Choose another key for yours.`);
    const { count } = await tx.app.createMany({
      data: [{ tenantId, key, name: nameOf(definition), draft: JSON.stringify(definition) }],
      skipDuplicates: true,
    });
    if (count === 0)
      throw conflict(`You already have an app ${key}. Change its draft instead: PUT /apps/${key}/draft.`);
  });
  return { key, etag: formatEtag(1), problems: validateConnector(definition, 'save') };
}

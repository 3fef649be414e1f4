// Triggers that read the workspace's named values: when a value changes they ask for something else, and are another trigger from
// then on, exactly as if the workflow had been published with another input.
import { hashDocument } from '@weftline/connectors/hash-document';
import type { Json } from '@weftline/connectors/json';
import { triggerInputSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import type { Connector, Trigger } from '@weftline/connectors/types';
import type { Transaction } from '@weftline/prisma';
import type { CallError } from '../executor/types.ts';
import { completeTriggerInput } from '../workflow/resolve-trigger-input.ts';
import type { AppTriggerRow, AppTriggerServices, Held } from './app-trigger-services.ts';
import { ensureRow, type WantedTrigger, wantRow } from './register-trigger.ts';

type Values = { [name: string]: Json };

/** `moved`: the trigger is another one by now, and the row that was held is left to its own end. */
export type Followed = { kind: 'same' | 'moved' } | { kind: 'failed'; error: CallError };

/** All named values of a workspace. */
export async function readVariables(tx: Transaction, tenantId: string): Promise<Values> {
  const rows = await tx.variable.findMany({ where: { tenantId } });
  return Object.fromEntries(rows.map(({ name, value }) => [name, JSON.parse(value) as Json]));
}

/** Looks at what the trigger asks for now. Everything that is known of the former one (place, keys, subscription) stays with it. */
export async function followVariables(
  { database }: Pick<AppTriggerServices, 'database'>,
  row: AppTriggerRow,
  held: Held,
  { connector, trigger }: { connector: Connector; trigger: Trigger },
): Promise<Followed> {
  if (row.inputTemplate === null) return { kind: 'same' };
  const { tenantId, workflowId } = row;
  const inputTemplate = JSON.parse(row.inputTemplate) as Values;
  return database.withTenant(tenantId, async (tx): Promise<Followed> => {
    const schema = triggerInputSchemaOf(connector, trigger);
    const completed = completeTriggerInput(schema, inputTemplate, await readVariables(tx, tenantId));
    if (!completed.ok)
      return {
        kind: 'failed',
        error: {
          code: 'invalid_input',
          type: 'VALIDATION',
          sent: 'no',
          message: `The trigger’s input cannot be filled in. ${completed.problems
            .map(({ path, message }) => `${path.slice(1).replaceAll('/', '.')}: ${message}`)
            .join(' ')}`,
          problems: completed.problems,
        },
      };
    if (hashDocument(completed.input) === hashDocument(JSON.parse(row.input) as Json))
      return { kind: 'same' };
    const [own] = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM app_triggers WHERE tenant_id = ${tenantId}::uuid AND id = ${row.id}::uuid AND epoch = ${held.epoch} AND wanted
      FOR NO KEY UPDATE`;
    if (!own) return { kind: 'moved' };
    const wanted: WantedTrigger = {
      appKey: row.appKey,
      appVersion: row.appVersion,
      trigger,
      connectionId: row.connectionId,
      input: completed.input,
      inputTemplate,
      ...(row.everySeconds === null ? {} : { everySeconds: row.everySeconds }),
    };
    await wantRow(tx, tenantId, workflowId, await ensureRow(tx, tenantId, workflowId, wanted), wanted);
    return { kind: 'moved' };
  });
}

/**
 * A named value was set or deleted: triggers that do not poll look at it at once. Those that poll do so with their next poll.
 * In the transaction of that change.
 */
export async function noteVariable(tx: Transaction, tenantId: string, name: string): Promise<void> {
  await tx.appTrigger.updateMany({
    where: { tenantId, wanted: true, type: { not: 'POLL' }, inputTemplate: { contains: name } },
    data: { nextUpkeepAt: new Date() },
  });
}

// What people are told of a poll that fails, or of items that could not be read: on the trigger each time, by a notification once.
import type { CallError } from '../../executor/types.ts';
import { type AppTriggerRow, type AppTriggerServices, notify } from '../app-trigger-services.ts';
import type { ReadResult } from './read-items.ts';

type Telling = Pick<AppTriggerServices, 'database' | 'logger'>;

/** Failures in a row until people are told; services have bad minutes. */
export const failuresUntilTold = 3;

/** What a service says, as a sentence of its own. */
export const sentence = (message: string): string => (/[.!?…]\s*$/.test(message) ? message : `${message}.`);

/** Tells people once when it has failed for a while, or when the account was refused. */
export async function tellOfFailure(
  services: Telling,
  row: AppTriggerRow,
  { type, code }: CallError,
  why: string,
  now: Date,
): Promise<void> {
  const failures = row.pollFailures + 1;
  if (failures === failuresUntilTold || (type === 'AUTH' && row.status !== 'failing'))
    await notify(services, row, {
      kind: 'trigger.failing',
      title: (workflow) => `“${workflow}” cannot look for new items`,
      body: why,
      dedupeKey: `poll:${row.id}:${now.toISOString()}`,
    });
  services.logger.info(
    { tenantId: row.tenantId, workflowId: row.workflowId, code, failures },
    'a poll failed',
  );
}

/** What the trigger says of items that were not read, and how many polls in a row that happened. */
export function sayUnread(
  { error, failed }: ReadResult,
  row: AppTriggerRow,
): { why: string | null; failures: number } {
  if (error === null) return { why: null, failures: 0 };
  const many = failed.length === 1 ? 'A new item' : `${failed.length} new items`;
  const they = failed.length === 1 ? 'It stays' : 'They stay';
  const again =
    error.type === 'AUTH'
      ? 'Nothing is asked again until the connection works: open it, renew it and press Test.'
      : `${they} new and ${failed.length === 1 ? 'is' : 'are'} asked for again; the others are not held up.`;
  return {
    why: `${many} could not be read from the service: ${sentence(error.message)} ${again}`,
    failures: row.pollFailures + 1,
  };
}

/** An item that was still to be read and is not in the list any more: nothing can be done but to say so. */
export async function tellOfMissed(services: Telling, row: AppTriggerRow, count: number): Promise<void> {
  if (count === 0) return;
  await notify(services, row, {
    kind: 'trigger.missed',
    title: (workflow) => `“${workflow}” missed ${count === 1 ? 'an item' : `${count} items`}`,
    body: `${count === 1 ? 'A new item that' : `${count} new items that`} could not be read in full ${count === 1 ? 'is' : 'are'} no longer in the service’s list, so no run was started for ${count === 1 ? 'it' : 'them'}.`,
    dedupeKey: `missed:${row.id}:${row.epoch}`,
  });
}

// Subscribing while somebody waits: the workflow is turned on only when the service has agreed, or when polling stands in.
import { setTimeout as delay } from 'node:timers/promises';
import type { Prisma } from '@weftline/prisma';
import { CodedError } from '../../platform/errors.ts';
import {
  type AppTriggerRow,
  type AppTriggerServices,
  type Held,
  leaveRow,
  markRefusedAccount,
} from '../app-trigger-services.ts';
import { inPlace, sayUnknown } from './plan-upkeep.ts';
import { type Found, hookUrlOf, register, writeRow } from './request-subscription.ts';

/** Longer than a subscribe request may take. */
const holdSeconds = 330;

/** What to write, in the transaction that turns the workflow on, while the row is still held. */
export type Subscribed = { held: Held; columns: Prisma.AppTriggerUpdateManyMutationInput };

/** Holds a row that nobody else holds. Null: it is held for longer than we wait. */
async function holdRow({ database }: AppTriggerServices, row: AppTriggerRow): Promise<AppTriggerRow | null> {
  const { tenantId, id } = row;
  for (let attempt = 0; attempt < 25; attempt += 1) {
    const held = await database.withTenant(tenantId, async (tx) => {
      const count = await tx.$executeRaw`
        UPDATE app_triggers SET epoch = epoch + 1, worker_id = 'enable',
          lease_until = clock_timestamp() + make_interval(secs => ${holdSeconds}),
          -- If this process dies meanwhile, the reconciler looks at what became of it.
          next_upkeep_at = clock_timestamp() + make_interval(secs => ${holdSeconds})
        WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND (lease_until IS NULL OR lease_until <= clock_timestamp())`;
      return count === 1 ? tx.appTrigger.findFirst({ where: { tenantId, id } }) : null;
    });
    if (held) return held;
    await delay(200);
  }
  return null;
}

const refusals = {
  RATE_LIMIT: 'remote_busy',
  NETWORK: 'remote_unreachable',
  TIMEOUT: 'remote_unreachable',
} as const;

/**
 * Registers the workflow's address at the service where the trigger does that and it is not there yet.
 * Null: nothing has to be registered.
 * @throws CodedError `conflict` while the former registration is being taken back; `remote_refused` and others with the
 *   service's reason when it does not agree and the trigger cannot poll instead
 */
export async function subscribeNow(
  services: AppTriggerServices,
  row: AppTriggerRow,
  found: Found,
): Promise<Subscribed | null> {
  const { connector, trigger } = found;
  if (!trigger.webhook?.subscribe) return null;
  if (row.wanted && row.registered) return null;
  const now = await holdRow(services, row);
  if (!now)
    throw new CodedError({
      code: 'conflict',
      message: `The former registration at ${connector.app.name} is being changed right now. Try again in a moment.`,
    });
  const held: Held = { tenantId: now.tenantId, id: now.id, epoch: now.epoch };
  if (now.registered) return { held, columns: inPlace(found, { expiresAt: now.expiresAt }) };
  const registered = await register(services, now, held, found, 'subscribe');
  if (!registered) throw new CodedError({ code: 'conflict', message: 'Somebody turned it on meanwhile.' });
  const { outcome, columns } = registered;
  if (outcome.kind === 'done') {
    // Kept at once: if turning on fails after all, the reconciler knows what to take back.
    await writeRow(services, held, columns);
    return { held, columns: inPlace(found, columns) };
  }
  const { error } = outcome;
  if (error.type === 'AUTH') await markRefusedAccount(services, now, error);
  const isUnknown = outcome.kind === 'unknown';
  const why = isUnknown ? sayUnknown(connector.app.name, hookUrlOf(services.publicUrl, now)) : error.message;
  const again = new Date(Date.now() + (isUnknown ? 3_600_000 : 60_000));
  if (trigger.fallback === 'POLL' && error.type !== 'AUTH')
    return {
      held,
      columns: {
        ...columns,
        status: 'failing',
        why: `${why} Until it is registered, new items are asked for.`,
        nextUpkeepAt: isUnknown ? null : again,
      },
    };
  await leaveRow(services, held, {
    ...columns,
    status: 'off',
    why,
    nextUpkeepAt: isUnknown ? again : null,
  });
  throw new CodedError({
    code: isUnknown
      ? 'remote_unreachable'
      : (refusals[error.type as keyof typeof refusals] ?? 'remote_refused'),
    message: isUnknown ? why : `${connector.app.name} did not register this workflow: ${error.message}`,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

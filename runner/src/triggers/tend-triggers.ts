// Claims triggers of apps that are due, in any number of processes, and does what each needs: a poll, or its subscription's upkeep.
import { type Held, leaveRow } from './app-trigger-services.ts';
import { type PollServices, pollTrigger } from './poll/poll-trigger.ts';
import { releaseEvents } from './poll/release-events.ts';
import { keepSubscription } from './subscription/keep-subscription.ts';

export type TendOptions = {
  /** This process's name; what a former process of it held can be freed at start. */
  name: string;
  /** How long a row is held; longer than a poll takes. */
  leaseSeconds: number;
  /** Triggers that are tended at once, and of them those of one tenant. */
  most?: number;
  mostOfATenant?: number;
};

type Claimed = { tenant_id: string; trigger_id: string; epoch: number; clock: Date };

export type TriggerTender = {
  /** Takes what is due and begins with it; resolves when it is begun. Each one that is done makes room for the next. */
  tend(): Promise<void>;
  /** Starts runs of events that waited. */
  release(): Promise<number>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Takes nothing more; resolves when nothing is under way. */
  close(): Promise<void>;
};

/** Makes what looks after triggers in one process. */
export function tendTriggers(services: PollServices, options: TendOptions): TriggerTender {
  const { database, logger } = services;
  const { name, leaseSeconds, most = 16, mostOfATenant = 4 } = options;
  const busy = new Set<Promise<void>>();
  let claiming: Promise<void> | null = null;
  let isClosed = false;

  async function tendOne({ tenant_id: tenantId, trigger_id: id, epoch, clock }: Claimed): Promise<void> {
    const held: Held = { tenantId, id, epoch };
    const found = await database.withTenant(tenantId, async (tx) => {
      const row = await tx.appTrigger.findFirst({ where: { tenantId, id, epoch } });
      const workflow =
        row && (await tx.trigger.findFirst({ where: { tenantId, id: row.workflowId, enabled: true } }));
      return row && { row, isLive: row.wanted && workflow?.kind === 'app' };
    });
    if (!found) return;
    const { row, isLive } = found;
    if (row.nextUpkeepAt && row.nextUpkeepAt <= clock) return keepSubscription(services, row, held);
    if (isLive) {
      await pollTrigger(services, row, held);
      return;
    }
    await leaveRow(services, held, { nextPollAt: null });
  }

  async function claim(): Promise<void> {
    const room = most - busy.size;
    if (room <= 0 || isClosed) return;
    const claimed = await database.callDoor<Claimed>('claim_app_triggers', [
      name,
      room,
      mostOfATenant,
      leaseSeconds,
    ]);
    for (const one of claimed) {
      const done: Promise<void> = tendOne(one)
        .catch((error: unknown) =>
          logger.error(
            { tenantId: one.tenant_id, triggerId: one.trigger_id, err: error },
            'a trigger could not be tended; it is tried again when its lease is over',
          ),
        )
        // There may be more than there was room for, or than one workspace may have at once.
        .then(() => void busy.delete(done))
        .then(() => tend().catch(() => {})); // the clock takes it up again in a second
      busy.add(done);
    }
  }

  /** One claim at a time; who asks meanwhile waits for it. */
  function tend(): Promise<void> {
    claiming ??= claim().finally(() => (claiming = null));
    return claiming;
  }

  async function idle(): Promise<void> {
    while (busy.size > 0 || claiming) await Promise.allSettled([...busy, claiming]);
  }

  return {
    tend,
    release: () => releaseEvents(services),
    idle,
    close() {
      isClosed = true;
      return idle();
    },
  };
}

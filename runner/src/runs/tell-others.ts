// What the end of a run, or its wait, means for other runs: the one that waits for it, those behind it with its key, and those it had
// started. Said right after the commit; what a lost process did not say, the sweep does. Every door may be called again.
import type { Database } from '@weftline/prisma';
import type { Logger } from '../platform/logger.ts';
import { turnOfRun } from '../workflow/turn-of-run.ts';
import type { RunLeft, RunTicket } from './decide-run.ts';
import type { LoadDefinition } from './read-run.ts';

export type TellServices = {
  database: Database;
  loadDefinition: LoadDefinition;
  /** Cancels a run of a tenant; false when it has ended. */
  cancel(tenantId: string, runId: string, actor: string): Promise<boolean>;
  ring(): void;
  logger: Logger;
};

export type OthersTeller = {
  /** A run has been left by its worker. Returns at once; faults are logged and made good by the sweep. */
  left(ticket: RunTicket, left: RunLeft): void;
  /** A run was cancelled. */
  cancelled(tenantId: string, runId: string): Promise<void>;
  /** For all workspaces: what nobody said. */
  sweep(): Promise<void>;
  /** Resolves when nothing is being said. */
  settle(): Promise<void>;
};

const ended: ReadonlySet<RunLeft> = new Set(['succeeded', 'failed']);

/** Makes the teller of one process. */
export function tellOthers(services: TellServices): OthersTeller {
  const { database, logger, ring } = services;
  const busy = new Set<Promise<void>>();

  /** Both null: of all runs. */
  async function deliver(tenantId: string | null, runId: string | null): Promise<void> {
    const woken = await database.callDoor('deliver_child_ends', [tenantId, runId]);
    if (woken.length > 0) ring();
  }

  async function abandon(tenantId: string | null, runId: string | null): Promise<void> {
    const children = await database.callDoor<{ tenant_id: string; run_id: string; awaited_by: string }>(
      'abandoned_children',
      [tenantId, runId],
    );
    for (const child of children)
      await services.cancel(child.tenant_id, child.run_id, `run:${child.awaited_by}`);
  }

  async function admit(tenantId: string, workflowId: string | null, key: string | null): Promise<void> {
    const [row] = await database.callDoor<{ admit_runs: number }>('admit_runs', [tenantId, workflowId, key]);
    if (row && row.admit_runs > 0) ring();
  }

  /** Of a run that has ended: the key it held is given on. */
  async function passOn({ tenantId, workflowId, version, state }: RunTicket): Promise<void> {
    const definition = await services.loadDefinition(tenantId, workflowId, version);
    if (!definition.settings?.concurrency) return;
    let turn;
    try {
      turn = turnOfRun(definition, state.triggerOutput);
    } catch {
      return; // a run whose key cannot be read holds none
    }
    if (turn) await admit(tenantId, workflowId, turn.key);
  }

  function say(ticket: Pick<RunTicket, 'tenantId' | 'runId'>, work: () => Promise<void>): Promise<void> {
    const done = work()
      .catch((error) =>
        logger.warn(
          { tenantId: ticket.tenantId, runId: ticket.runId, err: error },
          'other runs could not be told at once; the sweep will do it',
        ),
      )
      .finally(() => busy.delete(done));
    busy.add(done);
    return done;
  }

  return {
    left(ticket, left) {
      const { tenantId, runId, state } = ticket;
      const { parent } = state;
      const hasChildren = [...state.steps.values()].some((step) => step.child !== null);
      if (ended.has(left))
        void say(ticket, async () => {
          await passOn(ticket);
          if (parent?.waits) await deliver(tenantId, parent.runId);
          if (hasChildren) await abandon(tenantId, runId);
        });
      // A child may have ended before its parent asked for it, or have been given up while others are waited for.
      else if (hasChildren && (left === 'waiting' || left === 'fenced'))
        void say(ticket, async () => {
          await deliver(tenantId, runId);
          await abandon(tenantId, runId);
        });
    },
    cancelled: (tenantId, runId) =>
      say({ tenantId, runId }, async () => {
        const row = await database.withTenant(tenantId, (tx) =>
          tx.workflowRun.findFirst({
            where: { tenantId, id: runId },
            select: { awaitedBy: true, workflowId: true, concurrencyKey: true },
          }),
        );
        if (row?.concurrencyKey) await admit(tenantId, row.workflowId, row.concurrencyKey);
        if (row?.awaitedBy) await deliver(tenantId, row.awaitedBy);
        await abandon(tenantId, runId);
      }),
    async sweep() {
      await deliver(null, null);
      await abandon(null, null);
      const tenants = await database.callDoor<{ tenant_id: string }>('tenants_in_line', []);
      for (const { tenant_id: tenantId } of tenants) await admit(tenantId, null, null);
    },
    async settle() {
      while (busy.size > 0) await Promise.all(busy);
    },
  };
}

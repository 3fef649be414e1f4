// The rows that say which hosts a workspace's steps leave alone, by the database's clock, for all processes together.
import type { Database } from '@weftline/prisma';
import { pauseMs } from './count-failures.ts';

/** A probe is over after so long, whatever became of its process. */
const probeMs = 60_000;
/** Rows of hosts that nobody has called since. */
const forgetAfterMs = 86_400_000;

/** `waitMs`: until the host may be tried again; `sinceMs`: for how long it has been left alone; `probes`: how often it was tried. */
export type PausedHost = { waitMs: number; sinceMs: number; probes: number; why: string };
type Row = { wait_ms: number; since_ms: number; probes: number; why: string };

const toPaused = ({ wait_ms, since_ms, probes, why }: Row): PausedHost => ({
  waitMs: Math.max(0, wait_ms),
  sinceMs: since_ms,
  probes,
  why,
});

/** @returns the row of a host, or null: it is called as ever */
export const readPause = (database: Database, tenantId: string, host: string): Promise<PausedHost | null> =>
  database.withTenant(tenantId, async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>`
      SELECT (extract(epoch FROM greatest(until, coalesce(probe_until, until)) - clock_timestamp()) * 1000)::float8 AS wait_ms,
        (extract(epoch FROM clock_timestamp() - since) * 1000)::float8 AS since_ms, probes, why
      FROM paused_hosts WHERE tenant_id = ${tenantId}::uuid AND host = ${host}`;
    return row ? toPaused(row) : null;
  });

/** Leaves a host alone, unless it is already. */
export const beginPause = (
  database: Database,
  tenantId: string,
  host: string,
  why: string,
): Promise<PausedHost | null> =>
  database
    .withTenant(tenantId, async (tx) => {
      await tx.$executeRaw`
        DELETE FROM paused_hosts WHERE tenant_id = ${tenantId}::uuid
          AND until < clock_timestamp() - ${forgetAfterMs} * interval '1 ms'`;
      await tx.$executeRaw`
        INSERT INTO paused_hosts (tenant_id, host, until, why)
        VALUES (${tenantId}::uuid, ${host}, clock_timestamp() + ${pauseMs(0)} * interval '1 ms', ${why})
        ON CONFLICT (tenant_id, host) DO NOTHING`;
    })
    .then(() => readPause(database, tenantId, host));

/** @returns true for the one caller who may try whether the host answers again */
export const takeProbe = (database: Database, tenantId: string, host: string): Promise<boolean> =>
  database.withTenant(tenantId, async (tx) => {
    const taken = await tx.$executeRaw`
      UPDATE paused_hosts SET probe_until = clock_timestamp() + ${probeMs} * interval '1 ms'
      WHERE tenant_id = ${tenantId}::uuid AND host = ${host} AND until <= clock_timestamp()
        AND (probe_until IS NULL OR probe_until <= clock_timestamp())`;
    return taken > 0;
  });

/** The probe found the host still down: it is left alone for longer. */
export const prolongPause = (
  database: Database,
  tenantId: string,
  host: string,
  pause: { probes: number; why: string },
): Promise<PausedHost | null> =>
  database
    .withTenant(
      tenantId,
      (tx) => tx.$executeRaw`
        UPDATE paused_hosts SET probes = probes + 1, probe_until = NULL, why = ${pause.why},
          until = clock_timestamp() + ${pauseMs(pause.probes + 1)} * interval '1 ms'
        WHERE tenant_id = ${tenantId}::uuid AND host = ${host} AND until <= clock_timestamp()`,
    )
    .then(() => readPause(database, tenantId, host));

/** The host has answered. */
export const endPause = async (database: Database, tenantId: string, host: string): Promise<void> => {
  await database.withTenant(
    tenantId,
    (tx) => tx.$executeRaw`DELETE FROM paused_hosts WHERE tenant_id = ${tenantId}::uuid AND host = ${host}`,
  );
};

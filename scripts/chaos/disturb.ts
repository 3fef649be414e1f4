// What can be done to the product while it works. Each does its harm, waits until everything stands again, and notes which
// runs were in the hands of those it hit.
import { setTimeout as wait } from 'node:timers/promises';
import type { Layout, World } from './world/start-world.ts';
import type { Member } from './world/start-member.ts';

export type Disturbance = {
  name: string;
  layouts: Layout[];
  /** Processes of ours (or of PostgreSQL) that die of it, untidied. */
  crashes: number | ((world: World) => number);
  /** How often it is drawn, beside the others. */
  weight: number;
  needsRedis?: true;
  act(world: World, random: () => number): Promise<void>;
};

const processes: Layout[] = ['processes'];
const both: Layout[] = ['processes', 'one'];
const longestAimMs = 6_000;

/** Runs that a process holds at this moment. Empty while the database cannot be asked. */
async function heldBy(world: World, members: Member[]): Promise<string[]> {
  const names = members.map((member) => (member.role === 'all' ? 'all-%' : `%-${member.pid()}`));
  const rows = await world
    .query<{ id: string }>(
      "SELECT id FROM workflow_runs WHERE status = 'running' AND worker_id LIKE ANY($1)",
      [names],
    )
    .catch(() => []);
  return rows.map(({ id }) => id);
}

/** Does a harm and heals it; `victims` are looked up right after the harm. */
async function note(
  world: World,
  fault: string,
  harm: () => Promise<Member[]>,
  heal: () => Promise<unknown>,
): Promise<void> {
  const at = Date.now();
  const hit = await harm();
  const entry = { fault, at, until: at, victims: await heldBy(world, hit) };
  world.notes.push(entry);
  await heal();
  entry.until = Date.now();
}

const pick = <T>(random: () => number, values: readonly T[]): T =>
  values[Math.floor(random() * values.length)]!;

/** kill -9 of some members at once, then a start. */
const killing = (
  name: string,
  layouts: Layout[],
  weight: number,
  choose: (world: World, random: () => number) => Member[],
): Disturbance => ({
  name,
  layouts,
  crashes: (world) => choose(world, Math.random).length,
  weight,
  async act(world, random) {
    const hit = choose(world, random);
    await note(
      world,
      name,
      async () => {
        for (const member of hit) member.signal('SIGKILL');
        return hit;
      },
      () => Promise.all(hit.map((member) => member.start())),
    );
  },
});

/** A process ends itself as it passes a place. */
const crashing = (point: string, role: 'door' | 'runner', weight = 3): Disturbance => ({
  name: `at ${point}`,
  layouts: both,
  crashes: 1,
  weight,
  async act(world, random) {
    const member = role === 'door' ? world.door : pick(random, world.runners);
    member.aim(`${point}:${1 + Math.floor(random() * 4)}`);
    let died = true;
    for (const until = Date.now() + longestAimMs; member.isAlive(); await wait(3))
      if (Date.now() > until) {
        // The place was not passed in time: the process is killed all the same, and counts as that.
        died = false;
        member.signal('SIGKILL');
      }
    const hit = [member];
    await note(
      world,
      died ? `at ${point}` : 'kill a runner',
      async () => hit,
      () => member.start(),
    );
  },
});

/** Something around the product goes away for a while and comes back. */
const passing = (
  name: string,
  act: (world: World, random: () => number) => Promise<void>,
  more: Partial<Disturbance> = {},
): Disturbance => ({
  name,
  layouts: processes,
  crashes: 0,
  weight: 0.6,
  async act(world, random) {
    await note(
      world,
      name,
      async () => world.members,
      () => act(world, random),
    );
  },
  ...more,
});

/** SIGSTOP of a runner for three leases: its runs are taken over, and what it does when it wakes must change nothing. */
const stopping: Disturbance = {
  name: 'stop a runner for three leases',
  layouts: processes,
  crashes: 0,
  weight: 1.5,
  async act(world, random) {
    const member = pick(random, world.runners);
    await note(
      world,
      this.name,
      async () => {
        member.signal('SIGSTOP');
        return [member];
      },
      async () => {
        await wait(world.leaseSeconds * 3_000);
        member.signal('SIGCONT');
        await wait(300);
      },
    );
  },
};

/** SIGTERM under load; `graceMs`: killed after that. */
const draining = (
  name: string,
  choose: (world: World, random: () => number) => Member[],
  graceMs: number | null,
): Disturbance => ({
  name,
  layouts: both,
  crashes: graceMs === null ? 0 : 1,
  weight: 1,
  async act(world, random) {
    const hit = choose(world, random);
    await note(
      world,
      name,
      async () => {
        for (const member of hit) member.signal('SIGTERM');
        const until = Date.now() + (graceMs ?? 30_000);
        while (hit.some((member) => member.isAlive()) && Date.now() < until) await wait(20);
        if (graceMs === null && hit.some((member) => member.isAlive()))
          throw new Error('R15: a process did not end within 30 s of SIGTERM');
        for (const member of hit) member.signal('SIGKILL');
        return hit;
      },
      () => Promise.all(hit.map((member) => member.start())),
    );
  },
});

const aRunner = (world: World, random: () => number) => [pick(random, world.runners)];
const cutAll = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1';
const restart = (mode: 'fast' | 'immediate' | 'kill') => async (world: World) => {
  await world.cluster!.stop(mode);
  await wait(300);
  await world.cluster!.start();
};

export const disturbances: Disturbance[] = [
  killing('kill a runner', processes, 6, aRunner),
  killing('kill the api', processes, 4, (world) => [world.door]),
  killing('kill both runners', processes, 5, (world) => world.runners),
  killing('kill everything', both, 8, (world) => world.members),
  crashing('before-accept', 'door'),
  crashing('accepted', 'door'),
  crashing('claimed', 'runner'),
  crashing('before-append', 'runner'),
  crashing('appended', 'runner'),
  crashing('before-send', 'runner'),
  crashing('in-flight', 'runner', 5),
  crashing('answered', 'runner'),
  crashing('left', 'runner'),
  crashing('before-renew', 'runner'),
  crashing('renewed', 'runner'),
  {
    name: 'at swept',
    layouts: processes,
    crashes: 2,
    weight: 1,
    /** The sweeper finds something only after another has died. */
    async act(world, random) {
      const [first, second] = random() < 0.5 ? world.runners : world.runners.toReversed();
      second!.aim('swept:1');
      const at = Date.now();
      first!.signal('SIGKILL');
      const entry = { fault: 'kill a runner', at, until: at, victims: await heldBy(world, [first!]) };
      world.notes.push(entry);
      const until = Date.now() + (world.leaseSeconds + 12) * 1_000;
      while (second!.isAlive() && Date.now() < until) await wait(3);
      const hasSwept = !second!.isAlive();
      const late = Date.now();
      const sweep = { fault: this.name, at: late, until: late, victims: [] as string[] };
      if (hasSwept) {
        sweep.victims = await heldBy(world, [second!]);
        world.notes.push(sweep);
      }
      await Promise.all([first!.start(), hasSwept ? second!.start() : second!.aim('draining:1000000')]);
      entry.until = sweep.until = Date.now();
    },
  },
  stopping,
  draining('SIGTERM to a runner', aRunner, null),
  draining('SIGTERM to everything', (world) => world.members, null),
  draining('SIGTERM, then kill -9', aRunner, 30),
  passing('PostgreSQL restarted (fast)', restart('fast')),
  passing('PostgreSQL restarted (immediate)', restart('immediate'), { crashes: 1 }),
  passing('PostgreSQL killed', restart('kill'), { crashes: 1 }),
  passing(
    'a backend of PostgreSQL killed',
    async (world) => {
      const rows = await world.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE usename = 'weftline_app' ORDER BY query_start DESC LIMIT 1",
      );
      if (rows[0]) process.kill(rows[0].pid, 'SIGKILL');
      await wait(1_500);
    },
    { layouts: both, crashes: 1 },
  ),
  passing('connections cut', async (world) => void (await world.query(cutAll, ['weftline_app'])), {
    layouts: both,
  }),
  passing('PostgreSQL 200 ms slow', async (world) => {
    world.proxy!.delay(200);
    await wait(4_000);
    world.proxy!.delay(0);
  }),
  passing('PostgreSQL out of reach', async (world) => {
    world.proxy!.close(true);
    await wait(world.leaseSeconds * 1_000 + 500);
    world.proxy!.close(false);
  }),
  passing('PostgreSQL read-only', async (world) => {
    await world.query('ALTER DATABASE weftline SET default_transaction_read_only = on');
    await world.query(cutAll, ['weftline_app']);
    await wait(2_000);
    await world.query('ALTER DATABASE weftline RESET default_transaction_read_only');
    await world.query(cutAll, ['weftline_app']);
  }),
  passing('Redis emptied', async (world) => world.redis!.empty(), { needsRedis: true }),
  passing(
    'Redis killed and started',
    async (world) => {
      world.redis!.signal('SIGKILL');
      await wait(1_500);
      await world.redis!.start();
    },
    { needsRedis: true },
  ),
  passing(
    'Redis frozen',
    async (world) => {
      world.redis!.signal('SIGSTOP');
      await wait(4_000);
      world.redis!.signal('SIGCONT');
    },
    { needsRedis: true },
  ),
];

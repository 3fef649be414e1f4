// The figures that /metrics gives of the engine. No tenant stands in a label: there may be thousands.
import type { Database } from '@weftline/prisma';
import type { EngineMetrics } from '@weftline/runner/start-engine';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type Facts = { depth: number; oldest_seconds: number; waiting: number; running: number };

/** Makes the registry and the functions that the engine counts with. */
export function openMetrics(database: Database): { registry: Registry; engine: EngineMetrics } {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const accepted = new Counter({
    name: 'weftline_runs_accepted_total',
    help: 'Triggers that were answered, by verdict: fresh, duplicate, over (the quota), gone.',
    labelNames: ['verdict'],
    registers,
  });
  const finished = new Counter({
    name: 'weftline_runs_finished_total',
    help: 'Runs that ended in this process, by status.',
    labelNames: ['status'],
    registers,
  });
  const fenced = new Counter({
    name: 'weftline_runs_fenced_total',
    help: 'Runs that this process had to let go because they were taken over or cancelled.',
    registers,
  });
  const received = new Counter({
    name: 'weftline_app_calls_total',
    help: 'Calls of services at addresses of apps and their triggers, by outcome: taken, handshake, refused, nothing, unrouted.',
    labelNames: ['outcome'],
    registers,
  });
  const calls = new Histogram({
    name: 'weftline_step_seconds',
    help: 'Time of one attempt of a step at an outside service, by outcome.',
    labelNames: ['outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  let facts: Facts = { depth: 0, oldest_seconds: 0, waiting: 0, running: 0 };
  const gauge = (name: string, help: string, pick: (facts: Facts) => number, collect?: () => Promise<void>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        await collect?.();
        this.set(pick(facts));
      },
    });
  gauge(
    'weftline_queue_depth',
    'Runs that are ready and have no worker.',
    (now) => now.depth,
    async () => {
      const [row] = await database.callDoor<Facts>('queue_facts', []);
      if (row) facts = row;
    },
  );
  gauge(
    'weftline_queue_oldest_seconds',
    'How long the oldest ready run has waited.',
    (now) => now.oldest_seconds,
  );
  gauge('weftline_runs_waiting', 'Runs that wait for an instant or a person.', (now) => now.waiting);
  gauge('weftline_runs_running', 'Runs that a worker holds.', (now) => now.running);
  return {
    registry,
    engine: {
      accepted: (verdict) => accepted.inc({ verdict }),
      finished: (status) => finished.inc({ status }),
      called: (seconds, outcome) => calls.observe({ outcome }, seconds),
      fenced: () => fenced.inc(),
      receivedCall: (outcome) => received.inc({ outcome }),
    },
  };
}

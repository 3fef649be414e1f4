// Somebody who sends deliveries, each again and again until it is answered well, and writes down what was promised.
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Behaviour, Delivery } from './ledgers.ts';

export type Client = {
  /** Deliveries that were answered with 2xx. */
  accepted(): number;
  /** Sends nothing new; resolves when everything that was begun is answered. */
  finish(): Promise<void>;
};

export type ClientOptions = {
  /** Where a flow's deliveries go; the port stays the same over restarts. */
  hooks: ReadonlyMap<string, string>;
  perSecond: number;
  ledger: string;
  /** A number in [0, 1). */
  random(): number;
  /** No more than so many deliveries. */
  most: number;
};

const behaviours: [Behaviour, number][] = [
  ['slow', 0.05],
  ['refuse', 0.02],
  ['cut', 0.01],
  ['hang', 0.01],
];
const longestAnswerMs = 5_000;
const mostAtOnce = 400;
const tickMs = 50;

function chooseBehaviour(random: () => number): Behaviour {
  let drawn = random();
  for (const [behaviour, share] of behaviours) if ((drawn -= share) < 0) return behaviour;
  return 'normal';
}

/** Starts sending at once. What it writes down is on the disk before it counts. */
export function startClient({ hooks, perSecond, ledger, random, most }: ClientOptions): Client {
  const flows = [...hooks.keys()];
  const file = openSync(ledger, 'a');
  let lines: string[] = [];
  let accepted = 0;
  let begun = 0;
  let isOpen = true;
  const under = new Set<Promise<void>>();

  /** One call; the run it was told, or null. */
  async function post(id: string, flow: string, behaviour: Behaviour): Promise<string | null> {
    try {
      const response = await fetch(hooks.get(flow)!, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'webhook-id': id },
        body: JSON.stringify({ id, behaviour }),
        signal: AbortSignal.timeout(longestAnswerMs),
      });
      const text = await response.text();
      if (!response.ok) return null;
      const { runId } = JSON.parse(text) as { runId: string };
      lines.push(JSON.stringify({ id, runId, at: Date.now() }));
      return runId;
    } catch {
      return null;
    }
  }

  async function deliver(id: string, flow: string, behaviour: Behaviour, asksTwice: boolean): Promise<void> {
    lines.push(JSON.stringify({ id, flow }));
    for (let pauseMs = 50; (await post(id, flow, behaviour)) === null; pauseMs = Math.min(500, pauseMs * 2))
      await wait(pauseMs);
    accepted += 1;
    // Sent once more although it was answered: the same run must come back.
    if (asksTwice) await post(id, flow, behaviour);
  }

  function save(): void {
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    lines = [];
    writeSync(file, text);
    fsyncSync(file);
  }

  let owed = 0;
  const timer = setInterval(() => {
    save();
    owed = Math.min(owed + (perSecond * tickMs) / 1000, perSecond);
    for (; isOpen && owed >= 1 && begun < most && under.size < mostAtOnce; owed -= 1) {
      begun += 1;
      const flow = flows[Math.floor(random() * flows.length)]!;
      // A person is asked about each doubt of this flow: what fails by intent would only make work for them.
      const behaviour = flow === 'ask' ? 'normal' : chooseBehaviour(random);
      const work = deliver(`delivery-${begun}`, flow, behaviour, random() < 0.1).finally(() =>
        under.delete(work),
      );
      under.add(work);
    }
  }, tickMs);

  return {
    accepted: () => accepted,
    async finish() {
      isOpen = false;
      while (under.size > 0) await wait(50);
      clearInterval(timer);
      save();
      closeSync(file);
    },
  };
}

/** What a client has written down. */
export function readDeliveries(ledger: string): Delivery[] {
  appendFileSync(ledger, '');
  const found = new Map<string, Delivery>();
  for (const line of readFileSync(ledger, 'utf8').split('\n').filter(Boolean)) {
    const entry = JSON.parse(line) as { id: string; flow?: string; runId?: string; at?: number };
    if (entry.flow !== undefined)
      found.set(entry.id, { id: entry.id, flow: entry.flow, ackedAt: null, answers: [] });
    else {
      const delivery = found.get(entry.id)!;
      delivery.ackedAt ??= entry.at!;
      delivery.answers.push(entry.runId!);
    }
  }
  return [...found.values()];
}

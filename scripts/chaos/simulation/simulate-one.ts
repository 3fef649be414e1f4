// One seed: a workflow, a number of commands, rest. Throws with what did not hold.
import { randomFrom } from '../seeded-random.ts';
import { below, planWorkflow } from './plan-workflow.ts';
import { SimWorld } from './sim-world.ts';

export type Simulated = { commands: number; runs: number; entries: number; fenced: number };

/** `tell` is given the commands when it fails, or always. */
export async function simulateOne(
  seed: number,
  tell?: (trace: readonly string[]) => void,
): Promise<Simulated> {
  const random = randomFrom(seed);
  const world = new SimWorld(planWorkflow(random), random);
  const most = 10 + below(random, 50);
  try {
    for (let count = 0; count < most; count += 1) await world.command();
    await world.rest();
    return { commands: world.trace.length, ...world.counts() };
  } finally {
    tell?.(world.trace);
  }
}

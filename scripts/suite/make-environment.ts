import { environmentSchema } from '../../runner/src/platform/env.ts';

/**
 * The environment of the tests: the caller's without the product's own settings, so that a DATABASE_URL of somebody's
 * shell is never written to, and without colours, so that the output can be kept.
 *
 * @param given the caller's environment
 * @param more what this part of the suite sets
 */
export function makeEnvironment(
  given: NodeJS.ProcessEnv,
  more: Record<string, string | undefined>,
): NodeJS.ProcessEnv {
  const settings = Object.keys(environmentSchema.shape);
  const kept = Object.entries(given).filter(([name]) => !settings.includes(name));
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...more };
}

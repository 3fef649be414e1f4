/** What an action counts for is counted by a limit that can take it. */
import { pointer, problem } from '../problem.ts';
import type { Rule } from './list-requests.ts';

export const checkRateLimits: Rule = ({ actions, defaults }) =>
  actions.flatMap(({ rateCost, rateLimit }, index) => {
    if (rateCost === undefined) return [];
    const path = pointer('/actions', index, 'rateCost');
    if (rateLimit !== undefined)
      return [
        problem(
          path,
          'unknown_key',
          'With a rateLimit of its own each request of the action counts as one; take "rateCost" out.',
        ),
      ];
    const shared = defaults?.rateLimit;
    if (shared === undefined)
      return [problem(path, 'missing_key', 'There is no limit that counts it; add defaults.rateLimit.')];
    if (rateCost > shared.limit)
      return [
        problem(path, 'wrong_value', `A window of defaults.rateLimit has only ${shared.limit} requests.`),
      ];
    return [];
  });

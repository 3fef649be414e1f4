/** A pattern that takes a wait out of a sentence has a group to take, and runs in linear time. */
import { pointer, problem, type Problem } from '../problem.ts';
import { checkPattern, compilePattern } from '../schemas/check-pattern.ts';
import type { RetryAfter } from '../types.ts';
import { listRequests, type Rule } from './list-requests.ts';

export const checkWaits: Rule = ({ defaults, ...connector }) => [
  ...checkAll(defaults?.retry?.retryAfter, '/defaults/retry/retryAfter'),
  ...checkOne(defaults?.rateLimit?.reset, '/defaults/rateLimit/reset'),
  ...connector.actions.flatMap(({ rateLimit }, index) =>
    checkOne(rateLimit?.reset, pointer('/actions', index, 'rateLimit', 'reset')),
  ),
  ...listRequests(connector).flatMap(({ request, path }) =>
    checkAll(request.retry?.retryAfter, `${path}/retry/retryAfter`),
  ),
];

function checkAll(sources: readonly RetryAfter[] | undefined, path: string): Problem[] {
  return (sources ?? []).flatMap((source, index) => checkOne(source, pointer(path, index)));
}

function checkOne(source: RetryAfter | undefined, at: string): Problem[] {
  const { regex } = source ?? {};
  if (regex === undefined) return [];
  const path = `${at}/regex`;
  const found = checkPattern(regex, path);
  if (found.length > 0 || compilePattern(regex).groupCount() > 0) return found;
  return [
    problem(
      path,
      'bad_pattern',
      'Nothing is taken out: put what says the wait in a group, such as "(\\d+)".',
    ),
  ];
}

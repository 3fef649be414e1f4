/** A key names one thing only. */
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Rule } from './list-requests.ts';

export const checkDuplicates: Rule = (connector) => [
  ...twins(connector.auth, '/auth', 'key'),
  ...twins(connector.actions, '/actions', 'key'),
  ...twins(connector.triggers ?? [], '/triggers', 'key'),
  ...connector.auth.flatMap(({ oauth2 }, index) =>
    twins(oauth2?.scopes ?? [], pointer('/auth', index, 'oauth2', 'scopes'), 'name'),
  ),
];

function twins<Name extends string>(
  entries: readonly { [name in Name]: string }[],
  path: string,
  name: Name,
): Problem[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    if (!seen.has(entry[name])) {
      seen.add(entry[name]);
      return [];
    }
    return [
      problem(
        pointer(path, index, name),
        'duplicate',
        `${quote(entry[name])} stands here a second time; give each its own ${name}.`,
      ),
    ];
  });
}

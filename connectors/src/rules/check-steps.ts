/** Requests before and after an action's own: named once, and read where they can be. */
import { parsePath } from '../expression/parse-path.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Action } from '../types.ts';
import type { Rule } from './list-requests.ts';

export const checkSteps: Rule = (connector) =>
  connector.actions.flatMap((action, index) => checkAction(action, pointer('/actions', index)));

function checkAction(action: Action, path: string): Problem[] {
  const { steps = [], after = [] } = action;
  const found: Problem[] = [];
  const seen = new Set<string>();
  for (const [name, list] of [
    ['steps', steps],
    ['after', after],
  ] as const) {
    for (const [index, step] of list.entries()) {
      const here = pointer(path, name, index);
      if (seen.has(step.id))
        found.push(
          problem(
            `${here}/id`,
            'duplicate',
            `${quote(step.id)} stands here a second time; give each its own id.`,
          ),
        );
      seen.add(step.id);
      for (const [member, source] of Object.entries(step.capture ?? {})) {
        try {
          parsePath(source);
        } catch (error) {
          const message = error instanceof Error ? error.message : 'This is no path.';
          found.push(problem(pointer(here, 'capture', member), 'bad_path', message));
        }
      }
      if (name === 'steps' && step.response !== undefined)
        found.push(
          problem(
            `${here}/response`,
            'unknown_key',
            'What a step before gives is named in "capture"; take this out.',
          ),
        );
    }
  }
  if (after.length === 0) return found;
  if (action.response !== undefined)
    found.push(
      problem(
        `${path}/response`,
        'unknown_key',
        'With "after" the last request gives the output; move "response" there.',
      ),
    );
  if (action.pagination !== undefined && action.pagination.type !== 'none')
    found.push(
      problem(`${path}/after`, 'mixed_modes', 'A list in pages has no "after"; take one of the two out.'),
    );
  return found;
}

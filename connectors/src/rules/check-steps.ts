/** Requests before and after an action's own: named once, and read where they can be. */
import { parsePath } from '../expression/parse-path.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Action, Connector } from '../types.ts';
import type { Rule } from './list-requests.ts';

export const checkSteps: Rule = (connector) =>
  connector.actions.flatMap((action, index) => checkAction(connector, action, pointer('/actions', index)));

function checkAction(connector: Connector, action: Action, path: string): Problem[] {
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
  found.push(...checkJob(connector, action, path));
  if (after.length === 0 && action.asyncJob === undefined) return found;
  const last = after.length > 0 ? 'after' : 'asyncJob';
  if (action.response !== undefined)
    found.push(
      problem(
        `${path}/response`,
        'unknown_key',
        `With "${last}" the last request gives the output; move "response" there.`,
      ),
    );
  if (action.pagination !== undefined && action.pagination.type !== 'none')
    found.push(
      problem(`${path}/${last}`, 'mixed_modes', `A list in pages has no "${last}"; take one of the two out.`),
    );
  return found;
}

/** The longest wait must end before the action's own time does. */
function checkJob(connector: Connector, action: Action, path: string): Problem[] {
  const job = action.asyncJob;
  if (job === undefined) return [];
  const found: Problem[] = [];
  const timeoutMs = action.timeoutMs ?? connector.defaults?.timeoutMs ?? 30_000;
  if (job.maxWaitMs >= timeoutMs)
    found.push(
      problem(
        `${path}/asyncJob/maxWaitMs`,
        'out_of_range',
        `The action has ${timeoutMs} ms in all; wait less, or raise its "timeoutMs" (300000 at most).`,
      ),
    );
  try {
    parsePath(job.statusPath);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'This is no path.';
    found.push(problem(`${path}/asyncJob/statusPath`, 'bad_path', message));
  }
  for (const part of ['status', 'result'] as const)
    for (const name of ['retry', 'timeoutMs'] as const)
      if (job[part]?.[name] !== undefined)
        found.push(
          problem(
            `${path}/asyncJob/${part}/${name}`,
            'unknown_key',
            `All requests of an action share its "${name}"; take this out.`,
          ),
        );
  return found;
}

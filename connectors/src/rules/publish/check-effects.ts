/** A published action says what it does to the world and how a repeat is recognised. */
import { pointer, problem, type Problem } from '../../problem.ts';
import type { Rule } from '../list-requests.ts';

export const checkEffects: Rule = (connector) => {
  const found: Problem[] = [];
  if (connector.actions.length === 0 && (connector.triggers ?? []).length === 0) {
    found.push(problem('/actions', 'too_short', 'A published connector has at least one action or trigger.'));
  }
  connector.actions.forEach((action, index) => {
    const path = pointer('/actions', index);
    if (!action.effect)
      found.push(
        problem(
          `${path}/effect`,
          'missing_key',
          '"effect" is missing: say whether this action reads, creates, updates, deletes or sends.',
        ),
      );
    else if (action.effect === 'read' && ['PUT', 'PATCH', 'DELETE'].includes(action.method)) {
      found.push(
        problem(
          `${path}/effect`,
          'wrong_value',
          `A ${action.method} request does more than read; choose update or delete.`,
        ),
      );
    }
    if (action.effect && action.effect !== 'read' && !action.idempotency) {
      found.push(
        problem(
          `${path}/idempotency`,
          'missing_key',
          '"idempotency" is missing: say how the service recognises a repeat, or { "mode": "none" } if it cannot.',
        ),
      );
    }
  });
  return found;
};

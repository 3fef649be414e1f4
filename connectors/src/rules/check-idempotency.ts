/** How a repeat is recognised fits the request that is repeated. */
import { pointer, problem, type Problem } from '../problem.ts';
import type { Rule } from './list-requests.ts';

export const checkIdempotency: Rule = (connector) =>
  connector.actions.flatMap((action, index) => {
    const found: Problem[] = [];
    const path = pointer('/actions', index);
    const { idempotency } = action;
    if (!idempotency) return found;
    const isNamed = ['header', 'field', 'query'].includes(idempotency.mode);
    if (isNamed && idempotency.name === undefined) {
      found.push(
        problem(
          `${path}/idempotency/name`,
          'missing_key',
          `With mode "${idempotency.mode}" the ${idempotency.mode} needs a name.`,
        ),
      );
    }
    if (!isNamed && (idempotency.name ?? idempotency.value) !== undefined) {
      found.push(
        problem(
          `${path}/idempotency`,
          'unknown_key',
          `With mode "${idempotency.mode}" no key is sent; take "name" and "value" out.`,
        ),
      );
    }
    const hasBody =
      action.bodyTemplate !== undefined ||
      (action.inputSchema === undefined && action.bodySchema !== undefined);
    if (idempotency.mode === 'field' && !hasBody) {
      found.push(
        problem(
          `${path}/idempotency/mode`,
          'wrong_value',
          'A key in a body field needs a body; add bodyTemplate or choose another mode.',
        ),
      );
    }
    if (
      action.effect === 'read' &&
      ['POST', 'PUT', 'PATCH', 'DELETE'].includes(action.method) &&
      idempotency.mode === 'none'
    ) {
      found.push(
        problem(
          `${path}/idempotency/mode`,
          'wrong_value',
          'An action that only reads can be repeated: choose "natural".',
        ),
      );
    }
    return found;
  });

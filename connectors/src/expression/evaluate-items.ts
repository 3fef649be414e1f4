import type { Json } from '../json.ts';
import { Budget, measure } from './budget.ts';
import type { MissingMode, Scope } from './evaluate-template.ts';
import { evaluateValue } from './evaluate-value.ts';
import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';

/**
 * Fills a tree once for each item of a list; it reads `item` and `index` (from 0) beside `scope`. An item whose tree is
 * dropped becomes null, so that places keep their meaning.
 * @throws ExpressionError; expression_limit when all items together need too much work or are larger than 10 MiB
 */
export function evaluateItems(
  template: Json,
  items: readonly Json[],
  scope: Scope,
  mode: MissingMode,
): Json[] {
  if (items.length > limits.items)
    throw new ExpressionError('expression_limit', `A list here may have ${limits.items} items.`);
  const budget = new Budget(limits.listFuel);
  let room: number = limits.treeBytes;
  return items.map((item, index) => {
    const filled = evaluateValue(template, { ...scope, item, index }, mode, budget) ?? null;
    room -= measure(filled, room);
    return filled;
  });
}

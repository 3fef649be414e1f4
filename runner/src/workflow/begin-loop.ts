// The start of a loop: its list is filled once and kept in the journal, so that it cannot change under the iterations. Pure.
import {
  ExpressionError,
  isTemplate,
  loneHole,
  parseTemplate,
  type Scope,
} from '@weftline/connectors/expression';
import { Budget, measure } from '@weftline/connectors/expression/budget';
import { evaluateHole } from '@weftline/connectors/expression/evaluate-template';
import { evaluateValue } from '@weftline/connectors/expression/evaluate-value';
import { limits } from '@weftline/connectors/expression/limits';
import type { Json } from '@weftline/connectors/json';
import { quote } from '@weftline/connectors/problem';
import type { EventBody } from '../journal/events.ts';
import type { ForEachStep } from './types.ts';

/** Items of one loop; the same as of any list that an expression gives. */
export const mostItems = limits.items;

/** Bytes of a loop's items, and of what it collects, as JSON. */
export const mostLoopBytes = limits.treeBytes;

/** A list that stands somewhere already is handed on as it is: it may be larger than what an expression may make. */
function fillItems(items: ForEachStep['items'], scope: Scope): Json {
  const lone = typeof items === 'string' && isTemplate(items) ? loneHole(parseTemplate(items)) : null;
  if (!lone) return evaluateValue(items, scope, { missing: 'fail' }) ?? null;
  return evaluateHole(lone.expression, scope, { missing: 'fail' }, new Budget()) ?? null;
}

/** The entry that begins a loop. Throws ExpressionError when there is no list, or one that is too long or too large. */
export function beginLoop(step: ForEachStep, scope: Scope): EventBody {
  const items = fillItems(step.items, scope);
  if (!Array.isArray(items))
    throw new ExpressionError('bad_value', `A loop needs a list of items, not ${quote(items)}.`);
  if (items.length > mostItems)
    throw new ExpressionError(
      'expression_limit',
      `A loop takes ${mostItems} items at most, and this list has ${items.length}. Ask for fewer at a time, or loop over pages of it.`,
    );
  measure(items, mostLoopBytes);
  return {
    type: 'LoopStarted',
    step: step.id,
    payload: { items, stops: step.onItemError !== 'continue' },
  };
}

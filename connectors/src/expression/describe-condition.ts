import type { Json } from '../json.ts';
import { Budget, measure } from './budget.ts';
import { nameType } from './compare-values.ts';
import { evaluateExpression, type Scope } from './evaluate-expression.ts';
import { ExpressionError } from './expression-error.ts';
import { Missing } from './missing.ts';
import { printExpression } from './print-expression.ts';
import { loneHole, type Expression, type Template } from './syntax.ts';

const longestValue = 60;
/** Bytes of JSON above which a value is only named. */
const longestShown = 10_000;

/**
 * Says what a condition looked at, for a filter's "why": `` `total > 100` was `80 > 100` ``. Paths are shown by their
 * values; a long value is cut and an absent one is `(absent)`.
 * @returns one phrase without a full stop; never throws for a condition that fails
 */
export function describeCondition(template: Template, scope: Scope): string {
  const hole = loneHole(template);
  if (!hole) return `\`${cut(template.source)}\``;
  const written = cut(hole.source.trim(), 200);
  const seen = cut(
    printExpression(hole.expression, (node) => showPath(node, scope)),
    400,
  );
  return seen === printExpression(hole.expression)
    ? `\`${written}\` is always \`${valueOf(hole.expression, scope)}\``
    : `\`${written}\` was \`${seen}\``;
}

function showPath(node: Expression, scope: Scope): string | undefined {
  return node.kind === 'path' || node.kind === 'root' ? valueOf(node, scope) : undefined;
}

function valueOf(node: Expression, scope: Scope): string {
  try {
    const value = evaluateExpression(node, scope, new Budget());
    if (value instanceof Missing) return '(absent)';
    return isSmall(value) ? cut(JSON.stringify(value)) : `(${nameType(value)})`;
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof RangeError || error instanceof TypeError)
      return '(no value)';
    throw error;
  }
}

function isSmall(value: Json): boolean {
  try {
    return measure(value, longestShown) > 0;
  } catch {
    return false;
  }
}

function cut(text: string, most = longestValue): string {
  const characters = Array.from(text.slice(0, most * 2));
  return characters.length <= most && text.length <= most * 2
    ? text
    : `${characters.slice(0, most - 1).join('')}…`;
}

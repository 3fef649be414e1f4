import type { Json } from '../json.ts';
import { Budget, measure } from './budget.ts';
import { nameType } from './compare-values.ts';
import { evaluateExpression, type Scope } from './evaluate-expression.ts';
import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';
import { Missing } from './missing.ts';
import { loneHole, type Expression, type Template } from './syntax.ts';

export type { Scope } from './evaluate-expression.ts';

/** What to do about a path that does not resolve: fail by its name, or give `undefined` (connectors drop the member). */
export type MissingMode = { missing: 'fail' | 'drop' };

/**
 * Fills a template from a scope. A template that is exactly one `{{ … }}` keeps the value's type; mixed text makes a
 * text, in which null is empty and lists and objects are JSON.
 * @returns the value, or undefined in 'drop' mode when a path did not resolve
 * @throws ExpressionError unresolved_path | expression_limit | bad_value | invalid_expression
 */
export function evaluateTemplate(
  template: Template,
  scope: Scope,
  mode: MissingMode,
  budget: Budget = new Budget(),
): Json | undefined {
  const lone = loneHole(template);
  if (lone) {
    const value = evaluateHole(lone.expression, scope, mode, budget);
    if (value !== undefined) measure(value);
    return value;
  }
  return joinParts(template, scope, mode, budget, textOf);
}

/**
 * Fills a template to a text, turning each hole's value into text with `encode`; literal parts stay as they are.
 * @returns undefined in 'drop' mode when a path did not resolve
 */
export function joinParts(
  template: Template,
  scope: Scope,
  mode: MissingMode,
  budget: Budget,
  encode: (value: Json) => string,
): string | undefined {
  let text = '';
  for (const part of template.parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = evaluateHole(part.expression, scope, mode, budget);
    if (value === undefined) return undefined;
    const piece = encode(value);
    budget.allowText(text.length + piece.length);
    text += piece;
  }
  return text;
}

/** Works out one hole; see evaluateTemplate for what it gives and throws. */
export function evaluateHole(
  expression: Expression,
  scope: Scope,
  mode: MissingMode,
  budget: Budget,
): Json | undefined {
  let value: Json | Missing;
  try {
    value = evaluateExpression(expression, scope, budget);
  } catch (error) {
    if (error instanceof RangeError)
      throw new ExpressionError('expression_limit', 'The expression or its data is nested too deeply.');
    throw error;
  }
  if (!(value instanceof Missing)) return value;
  if (mode.missing === 'drop') return undefined;
  throw new ExpressionError(
    'unresolved_path',
    `\`${value.path}\` does not resolve: ${value.reason}. Give a default with ?? if it may be absent.`,
    {
      path: value.path,
      position: expression.at,
    },
  );
}

/**
 * A value as text inside other text: null is empty, lists and objects are JSON.
 * @throws ExpressionError expression_limit | bad_value
 */
export function textOf(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  measure(value, limits.outputBytes);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * True or false of a condition template, such as a filter's.
 * @throws ExpressionError bad_value when the condition gives anything but true or false
 */
export function evaluateCondition(
  template: Template,
  scope: Scope,
  mode: MissingMode = { missing: 'fail' },
): boolean {
  const value = evaluateTemplate(template, scope, mode);
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new ExpressionError(
    'bad_value',
    `The condition must be true or false, it is ${nameType(value)}: compare it with something, or use exists(…).`,
  );
}

import type { Json } from '../json.ts';
import type { Budget } from './budget.ts';
import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';

/** Deep equality of JSON values; no type is converted, so `1 == "1"` is false. */
export function equalValues(left: Json, right: Json, budget: Budget, depth = 0): boolean {
  budget.spend(1);
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (depth > limits.depth)
    throw new ExpressionError('expression_limit', `A value may be nested ${limits.depth} deep.`);
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => equalValues(item, right[index] as Json, budget, depth + 1));
  }
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(right, name) && equalValues(left[name] as Json, right[name] as Json, budget, depth + 1),
  );
}

/**
 * Orders two numbers or two texts: negative, zero or positive.
 * @throws ExpressionError bad_value for other pairs, because a silent conversion would decide wrongly
 */
export function orderValues(left: Json, right: Json): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  const help =
    typeof left === 'string' || typeof right === 'string'
      ? ': turn the text into a number with number(…)'
      : '';
  throw new ExpressionError(
    'bad_value',
    `${nameType(left)} cannot be compared with ${nameType(right)}${help}.`,
  );
}

/** False, null, 0 and the empty text do not hold; everything else does. */
export function holds(value: Json): boolean {
  return value !== false && value !== null && value !== 0 && value !== '';
}

/** The kind of a value in words for messages. */
export function nameType(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return (
    { string: 'a text', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'an object'
  );
}

import type { Json } from '../json.ts';
import { limits } from './limits.ts';
import type { Budget } from './budget.ts';
import { nameType } from './compare-values.ts';
import { ExpressionError } from './expression-error.ts';
import { findFunction } from './functions/catalogue.ts';
import type { Argument, ArgumentType } from './functions/define.ts';
import { Missing } from './missing.ts';
import { printExpression } from './print-expression.ts';
import type { Expression } from './syntax.ts';

type Call = Extract<Expression, { kind: 'call' }>;

/** Calls a function of the catalogue: counts and types of arguments are checked here, so that functions need not. */
export function callFunction(
  node: Call,
  evaluate: (node: Expression) => Json | Missing,
  budget: Budget,
): Json | Missing {
  const found = findFunction(node.name);
  if (!found)
    throw new ExpressionError('invalid_expression', `There is no function \`${node.name}\`.`, {
      position: node.at,
    });
  const fault = countFault(found, node.arguments.length);
  if (fault) throw new ExpressionError('invalid_expression', fault, { position: node.at });
  const values: (Json | undefined)[] = [];
  for (const [index, child] of node.arguments.entries()) {
    const argument = argumentAt(found.arguments, index) as Argument;
    const value = evaluate(child);
    if (value instanceof Missing && !argument.mayBeMissing) return value;
    values.push(value instanceof Missing ? undefined : fit(value, argument, node));
  }
  for (const value of values) budget.spend(weigh(value));
  const result = found.run(values, budget);
  if (result === undefined)
    return new Missing(printExpression(node), `\`${printExpression(node)}\` gives nothing`);
  if (Array.isArray(result)) budget.allowItems(result.length);
  if (typeof result === 'string') budget.allowText(result.length);
  return result;
}

/** The declaration for the argument at this place; the last one may repeat. */
export function argumentAt(list: readonly Argument[], index: number): Argument | undefined {
  const last = list.at(-1);
  return list[index] ?? (last?.repeats ? last : undefined);
}

/** A sentence when a function cannot take this many arguments. */
export function countFault(
  found: { name: string; arguments: readonly Argument[] },
  count: number,
): string | undefined {
  const least = found.arguments.filter((argument) => !argument.optional).length;
  const most = found.arguments.at(-1)?.repeats ? Infinity : found.arguments.length;
  if (count >= least && count <= most) return undefined;
  return `${found.name}(${found.arguments.map((argument) => argument.name).join(', ')}) takes ${least === most ? least : most === Infinity ? `${least} or more` : `${least} to ${most}`} arguments, it got ${count}.`;
}

/** Checks the type; a number or true/false is taken where a text is wanted, and nothing else is converted. */
function fit(value: Json, argument: Argument, node: Call): Json {
  if (argument.type === 'text' && (typeof value === 'number' || typeof value === 'boolean'))
    return String(value);
  if (isOfType(value, argument.type)) return value;
  throw new ExpressionError(
    'bad_value',
    `\`${printExpression(node)}\`: ${argument.name} must be ${typeNames[argument.type]}, it is ${nameType(value)}.`,
  );
}

export const typeNames: { [type in ArgumentType]: string } = {
  any: 'any value',
  text: 'a text',
  number: 'a number',
  list: 'a list',
  object: 'an object',
  date: 'a date',
  boolean: 'true or false',
  'list or object': 'a list or an object',
};

/** True when a value may stand for an argument type. */
export function isOfType(value: Json, type: ArgumentType): boolean {
  const isList = Array.isArray(value);
  const isObject = typeof value === 'object' && value !== null && !isList;
  if (type === 'any') return true;
  if (type === 'text') return typeof value === 'string';
  if (type === 'date') return typeof value === 'string' || typeof value === 'number';
  if (type === 'list') return isList;
  if (type === 'object') return isObject;
  if (type === 'list or object') return isList || isObject;
  return typeof value === type;
}

function weigh(value: Json | undefined): number {
  if (typeof value === 'string') {
    if (value.length > limits.treeBytes)
      throw new ExpressionError('expression_limit', 'The text is too long to work on.');
    return 1 + (value.length >> 8);
  }
  if (Array.isArray(value)) return 1 + value.length;
  return 1;
}

import { isJsonObject, type Json } from '../json.ts';
import type { Budget } from './budget.ts';
import { callFunction } from './call-function.ts';
import { equalValues, holds, nameType, orderValues } from './compare-values.ts';
import { ExpressionError } from './expression-error.ts';
import { Missing } from './missing.ts';
import { printExpression } from './print-expression.ts';
import { readPath, type ResolvedPart } from './read-path.ts';
import type { BinaryOperator, Expression, PathPart } from './syntax.ts';

/** The values an expression may read, by root name. */
export type Scope = { readonly [root: string]: Json };

/** Works out one expression. A path that does not resolve gives `Missing`; everything else that is wrong throws ExpressionError. */
export function evaluateExpression(node: Expression, scope: Scope, budget: Budget): Json | Missing {
  const evaluate = (child: Expression): Json | Missing => evaluateExpression(child, scope, budget);
  budget.spend(1);
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'root':
      return Object.hasOwn(scope, node.name) && scope[node.name] !== undefined
        ? (scope[node.name] as Json)
        : new Missing(node.name, `there is no \`${node.name}\` here`);
    case 'list':
      return evaluateAll(node.items, evaluate);
    case 'path': {
      const base = evaluate(node.base);
      if (base instanceof Missing) return base;
      const parts = resolveParts(node.parts, evaluate);
      return parts instanceof Missing ? parts : readPath(base, parts, node.base, budget);
    }
    case 'call':
      return callFunction(node, evaluate, budget);
    case 'unary': {
      const operand = evaluate(node.operand);
      if (operand instanceof Missing) return operand;
      return node.operator === '!' ? !holds(operand) : -toNumber(operand, node);
    }
    case 'binary':
      return evaluateBinary(node, evaluate, budget);
    case 'conditional': {
      const test = evaluate(node.test);
      return test instanceof Missing ? test : evaluate(holds(test) ? node.then : node.otherwise);
    }
  }
}

type Evaluate = (node: Expression) => Json | Missing;

function evaluateAll(nodes: readonly Expression[], evaluate: Evaluate): Json[] | Missing {
  const values: Json[] = [];
  for (const node of nodes) {
    const value = evaluate(node);
    if (value instanceof Missing) return value;
    values.push(value);
  }
  return values;
}

function resolveParts(parts: readonly PathPart[], evaluate: Evaluate): ResolvedPart[] | Missing {
  const resolved: ResolvedPart[] = [];
  for (const part of parts) {
    if (part.kind !== 'computed') {
      resolved.push(part);
      continue;
    }
    const key = evaluate(part.key);
    if (key instanceof Missing) return key;
    if (typeof key === 'string') resolved.push({ kind: 'name', name: key });
    else if (Number.isSafeInteger(key)) resolved.push({ kind: 'index', index: Number(key) });
    else
      throw new ExpressionError(
        'bad_value',
        `\`${printExpression(part.key)}\` in [ ] must be a name or a whole number, it is ${nameType(key)}.`,
      );
  }
  return resolved;
}

function evaluateBinary(
  node: Extract<Expression, { kind: 'binary' }>,
  evaluate: Evaluate,
  budget: Budget,
): Json | Missing {
  const left = evaluate(node.left);
  if (node.operator === '??') return left instanceof Missing || left === null ? evaluate(node.right) : left;
  if (left instanceof Missing) return left;
  if (node.operator === '&&') return holds(left) ? evaluate(node.right) : left;
  if (node.operator === '||') return holds(left) ? left : evaluate(node.right);
  const right = evaluate(node.right);
  return right instanceof Missing ? right : operate(node.operator, left, right, node, budget);
}

function operate(operator: BinaryOperator, left: Json, right: Json, node: Expression, budget: Budget): Json {
  if (operator === '==') return equalValues(left, right, budget);
  if (operator === '!=') return !equalValues(left, right, budget);
  if (operator === '<') return orderValues(left, right) < 0;
  if (operator === '<=') return orderValues(left, right) <= 0;
  if (operator === '>') return orderValues(left, right) > 0;
  if (operator === '>=') return orderValues(left, right) >= 0;
  if (operator === 'in') return isIn(left, right, budget);
  if (operator === '+' && (typeof left === 'string' || typeof right === 'string'))
    return joinTexts(left, right, node, budget);
  return calculate(operator, toNumber(left, node), toNumber(right, node), node);
}

function calculate(operator: BinaryOperator, left: number, right: number, node: Expression): number {
  if ((operator === '/' || operator === '%') && right === 0)
    throw new ExpressionError('bad_value', `\`${printExpression(node)}\` divides by zero.`);
  const result = {
    '+': left + right,
    '-': left - right,
    '*': left * right,
    '/': left / right,
    '%': left % right,
  }[operator as '+' | '-' | '*' | '/' | '%'];
  if (!Number.isFinite(result))
    throw new ExpressionError('bad_value', `\`${printExpression(node)}\` is too large a number.`);
  return result;
}

function joinTexts(left: Json, right: Json, node: Expression, budget: Budget): string {
  const text = (value: Json): string => {
    if (typeof value === 'object')
      throw new ExpressionError(
        'bad_value',
        `\`${printExpression(node)}\` adds ${nameType(value)} to a text.`,
      );
    return String(value);
  };
  const texts = [text(left), text(right)] as const;
  budget.allowText(texts[0].length + texts[1].length);
  return texts[0] + texts[1];
}

function isIn(left: Json, right: Json, budget: Budget): boolean {
  if (Array.isArray(right)) return right.some((item) => equalValues(left, item, budget));
  if (typeof right === 'string' && typeof left === 'string') return right.includes(left);
  if (isJsonObject(right) && typeof left === 'string') return Object.hasOwn(right, left);
  throw new ExpressionError(
    'bad_value',
    `\`in\` looks in a list, a text or an object for a name; here it got ${nameType(left)} in ${nameType(right)}.`,
  );
}

function toNumber(value: Json, node: Expression): number {
  if (typeof value === 'number') return value;
  const help = typeof value === 'string' ? ': use number(…)' : '';
  throw new ExpressionError(
    'bad_value',
    `\`${printExpression(node)}\` needs numbers, it got ${nameType(value)}${help}.`,
  );
}

import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';
import type { BinaryOperator, Expression, PathPart } from './syntax.ts';

/** A node as the parser library gives it; read only through the whitelist below. */
export type ParsedNode = { type: string; at?: number; [member: string]: unknown };

const operators = new Set<string>([
  '??',
  '||',
  '&&',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  '+',
  '-',
  '*',
  '/',
  '%',
]);
const forbiddenNames = new Set(['__proto__', 'constructor', 'prototype']);
const hints: { [operator: string]: string } = {
  '===': 'write ==',
  '!==': 'write !=',
  '**': 'there is no power',
  '&': 'write &&',
};

/** True for names that could reach a prototype; refused when parsing and again when a computed key has that value. */
export function isForbiddenName(name: string): boolean {
  return forbiddenNames.has(name);
}

/**
 * Turns a parsed node into our tree. Only the kinds listed here exist; everything else is refused.
 * @throws ExpressionError invalid_expression | expression_limit
 */
export function convertNode(node: ParsedNode, offset: number, counter: { nodes: number }): Expression {
  const at = offset + (node.at ?? 0);
  const refuse = (message: string): never => {
    throw new ExpressionError('invalid_expression', `${message} (character ${at + 1}).`, { position: at });
  };
  const child = (value: unknown): Expression => convertNode(value as ParsedNode, offset, counter);
  const name = (value: unknown): string => {
    const text = String(value);
    return isForbiddenName(text) ? refuse(`The name \`${text}\` is not allowed`) : text;
  };
  countNode(counter, at);

  switch (node.type) {
    case 'Literal':
      return { kind: 'literal', value: readLiteral(node, refuse), at };
    case 'Identifier':
      return { kind: 'root', name: name(node.name), at };
    case 'ArrayExpression':
      return { kind: 'list', items: (node.elements as ParsedNode[]).map(child), at };
    case 'UnaryExpression': {
      if (node.operator !== '!' && node.operator !== '-')
        refuse(`\`${String(node.operator)}\` is not an operator here`);
      const operand = child(node.argument);
      const folds =
        node.operator === '-' &&
        operand.kind === 'literal' &&
        typeof operand.value === 'number' &&
        operand.value > 0;
      return folds
        ? { kind: 'literal', value: -(operand.value as number), at }
        : { kind: 'unary', operator: node.operator as '!' | '-', operand, at };
    }
    case 'BinaryExpression': {
      const operator = String(node.operator);
      if (!operators.has(operator))
        refuse(`\`${operator}\` is not an operator here${hints[operator] ? `: ${hints[operator]}` : ''}`);
      const left = child(node.left);
      return {
        kind: 'binary',
        operator: operator as BinaryOperator,
        left,
        right: child(node.right),
        at: left.at,
      };
    }
    case 'ConditionalExpression': {
      const test = child(node.test);
      return {
        kind: 'conditional',
        test,
        then: child(node.consequent),
        otherwise: child(node.alternate),
        at: test.at,
      };
    }
    case 'CallExpression': {
      const callee = node.callee as ParsedNode;
      if (node.optional) refuse('`?.` is not used here: give a default with ??');
      if (callee.type === 'MemberExpression' && callee.computed !== true) {
        const method = String((callee.property as ParsedNode).name);
        refuse(`Values have no methods: write ${method}(…) instead of ….${method}(…)`);
      }
      if (callee.type !== 'Identifier') refuse('Only functions of the catalogue can be called, by name');
      return {
        kind: 'call',
        name: name(callee.name),
        arguments: (node.arguments as ParsedNode[]).map(child),
        at,
      };
    }
    case 'MemberExpression':
      return convertPath(node, { at, refuse, child, name, counter });
    case 'EachItem':
      return refuse('`*` stands only in a path, as in items[*].name');
    case 'ThisExpression':
      return refuse('`this` does not exist here');
    default:
      return refuse('This cannot be read as an expression');
  }
}

type Help = {
  at: number;
  refuse: (message: string) => never;
  child: (value: unknown) => Expression;
  name: (value: unknown) => string;
  counter: { nodes: number };
};

// Walks the chain in a loop: a path of a thousand links must not need a thousand stack frames.
function convertPath(node: ParsedNode, help: Help): Expression {
  const parts: PathPart[] = [];
  let current = node;
  while (current.type === 'MemberExpression') {
    if (current.optional) help.refuse('`?.` is not used here: give a default with ??, as in a.b ?? "none"');
    countNode(help.counter, help.at);
    parts.push(convertPart(current, help));
    current = current.object as ParsedNode;
  }
  const base = help.child(current);
  if (base.kind === 'literal' || base.kind === 'list')
    help.refuse('A path starts at a name, not at a written value');
  parts.reverse();
  return { kind: 'path', base, parts, at: help.at };
}

function convertPart(node: ParsedNode, help: Help): PathPart {
  const property = node.property as ParsedNode;
  if (node.computed !== true) return { kind: 'name', name: help.name(property.name) };
  if (property.type === 'EachItem') return { kind: 'each' };
  const key = help.child(property);
  if (key.kind !== 'literal') return { kind: 'computed', key };
  if (typeof key.value === 'string') return { kind: 'name', name: help.name(key.value) };
  if (Number.isSafeInteger(key.value)) return { kind: 'index', index: Number(key.value) };
  return help.refuse('In [ ] stands a whole number, a name in quotes, or *');
}

function readLiteral(node: ParsedNode, refuse: (message: string) => never): null | boolean | number | string {
  const { value } = node;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return refuse('This number is too large');
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      return refuse('This number cannot be kept exactly: write it as a text in quotes');
    return value;
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  return refuse('This kind of value cannot be written here');
}

function countNode(counter: { nodes: number }, at: number): void {
  counter.nodes += 1;
  if (counter.nodes > limits.nodesPerTemplate) {
    throw new ExpressionError(
      'expression_limit',
      `One text may have ${limits.nodesPerTemplate} parts of expressions.`,
      { position: at },
    );
  }
}

import type { Expression, PathPart } from './syntax.ts';

const strength: { [operator: string]: number } = {
  '||': 1,
  '&&': 2,
  '==': 6,
  '!=': 6,
  '<': 7,
  '<=': 7,
  '>': 7,
  '>=': 7,
  in: 7,
  '??': 7.5,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};
const plainName = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const words = new Set(['true', 'false', 'null', 'this', 'in']);

/**
 * Writes a tree as text that parses to the same tree again.
 * @param show may replace a part by other text, for example a path by its value
 */
export function printExpression(node: Expression, show?: (node: Expression) => string | undefined): string {
  const print = (child: Expression): string => printExpression(child, show);
  const grouped = (child: Expression, group: boolean): string => (group ? `(${print(child)})` : print(child));
  const instead = show?.(node);
  if (instead !== undefined) return instead;
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'string' ? quote(node.value) : printNumber(node.value);
    case 'root':
      return node.name;
    case 'list':
      return `[${node.items.map(print).join(', ')}]`;
    case 'path':
      return grouped(node.base, !['root', 'call'].includes(node.base.kind)) + printParts(node.parts, print);
    case 'call':
      return `${node.name}(${node.arguments.map(print).join(', ')})`;
    case 'unary':
      return node.operator + grouped(node.operand, isOperation(node.operand) || isNumber(node.operand));
    case 'binary': {
      const own = strength[node.operator] ?? 0;
      const right = strengthOf(node.right);
      const left = strengthOf(node.left);
      const leansRight = node.operator === '??';
      return `${grouped(node.left, leansRight ? left <= own : left < own)} ${node.operator} ${grouped(node.right, leansRight ? right < own : right <= own)}`;
    }
    case 'conditional':
      return `${grouped(node.test, node.test.kind === 'conditional')} ? ${print(node.then)} : ${print(node.otherwise)}`;
  }
}

/** Writes path links: `.name`, `["odd name"]`, `[0]`, `[*]`. */
export function printParts(
  parts: readonly PathPart[],
  print: (node: Expression) => string = printExpression,
): string {
  return parts
    .map((part) => {
      if (part.kind === 'name')
        return plainName.test(part.name) && !words.has(part.name) ? `.${part.name}` : `[${quote(part.name)}]`;
      if (part.kind === 'index') return `[${part.index}]`;
      return part.kind === 'each' ? '[*]' : `[${print(part.key)}]`;
    })
    .join('');
}

/** Writes a text in quotes with the escapes that the language knows. */
export function quote(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

function printNumber(value: null | boolean | number): string {
  return Object.is(value, -0) ? '0' : String(value);
}

function strengthOf(node: Expression): number {
  if (node.kind === 'conditional') return 0;
  return node.kind === 'binary' ? (strength[node.operator] ?? 0) : 100;
}

function isOperation(node: Expression): boolean {
  return node.kind === 'binary' || node.kind === 'conditional';
}

function isNumber(node: Expression): boolean {
  return node.kind === 'literal' && typeof node.value === 'number';
}

import { findFunction, type ArgumentType } from './functions/catalogue.ts';
import type { Expression } from './syntax.ts';

/** The type of an expression as far as it is known without data; 'any' when it is not. */
export function inferType(node: Expression): ArgumentType | 'null' {
  switch (node.kind) {
    case 'literal':
      return node.value === null
        ? 'null'
        : typeof node.value === 'string'
          ? 'text'
          : (typeof node.value as 'number' | 'boolean');
    case 'list':
      return 'list';
    case 'call':
      return findFunction(node.name)?.returns ?? 'any';
    case 'unary':
      return node.operator === '!' ? 'boolean' : 'number';
    case 'binary':
      if (['==', '!=', '<', '<=', '>', '>=', 'in'].includes(node.operator)) return 'boolean';
      if (['-', '*', '/', '%'].includes(node.operator)) return 'number';
      return node.operator === '+' ? inferSum(node.left, node.right) : 'any';
    case 'conditional': {
      const then = inferType(node.then);
      return then === inferType(node.otherwise) ? then : 'any';
    }
    default:
      return 'any';
  }
}

function inferSum(left: Expression, right: Expression): ArgumentType {
  const types = [inferType(left), inferType(right)];
  if (types.includes('text')) return 'text';
  return types.every((type) => type === 'number') ? 'number' : 'any';
}

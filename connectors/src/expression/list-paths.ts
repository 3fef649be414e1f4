import { holesOf, type Expression, type Template } from './syntax.ts';

/** A path that a template reads: its root and the links that are fixed; `[*]` is given as '*'. */
export type ReadPath = { root: string; path: (string | number)[] };

/** All paths a template reads, in order, for pills, samples and checks. A computed key ends the path and is listed itself. */
export function listPaths(template: Template): ReadPath[] {
  const found: ReadPath[] = [];
  for (const hole of holesOf(template)) visit(hole.expression, found);
  return found;
}

function visit(node: Expression, found: ReadPath[]): void {
  if (node.kind === 'root') found.push({ root: node.name, path: [] });
  if (node.kind !== 'path') {
    childrenOf(node).forEach((child) => visit(child, found));
    return;
  }
  const path: (string | number)[] = [];
  for (const part of node.parts) {
    if (part.kind === 'computed') break;
    path.push(part.kind === 'name' ? part.name : part.kind === 'index' ? part.index : '*');
  }
  if (node.base.kind === 'root') found.push({ root: node.base.name, path });
  else visit(node.base, found);
  for (const part of node.parts) if (part.kind === 'computed') visit(part.key, found);
}

/** The direct parts of an expression, in the order they are written. */
export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'list':
      return node.items;
    case 'call':
      return node.arguments;
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'conditional':
      return [node.test, node.then, node.otherwise];
    case 'path':
      return [node.base, ...node.parts.filter((part) => part.kind === 'computed').map((part) => part.key)];
    default:
      return [];
  }
}

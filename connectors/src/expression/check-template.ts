import { argumentAt, countFault, isOfType, typeNames } from './call-function.ts';
import { ExpressionError } from './expression-error.ts';
import { findFunction, functionCatalogue } from './functions/catalogue.ts';
import { inferType } from './infer-type.ts';
import { childrenOf } from './list-paths.ts';
import { compilePattern } from './match-pattern.ts';
import { nearestName } from './nearest-name.ts';
import { printExpression } from './print-expression.ts';
import type { Problem } from './problem.ts';
import { holesOf, type Expression, type PathPart, type Template } from './syntax.ts';

export type { Problem } from './problem.ts';

/** What a template may name at its place. */
export type CheckOptions = {
  roots: readonly string[];
  /** Ids of the steps before this one; left out: any id. */
  steps?: readonly string[];
  /** True inside a list of items: allows `item` and `index`. */
  item?: boolean;
  /** The only members allowed directly below a root; for `steps`, below each step. */
  members?: { readonly [root: string]: readonly string[] };
  /** True for texts in a query language: a hole between quotes must then go through escapeQuotes(…). */
  escapeQuoted?: boolean;
};

/**
 * Checks a parsed template without running it: roots, step ids, functions, counts and types of written values.
 * @returns problems with path ''; checkValue sets the place in a document
 */
export function checkTemplate(template: Template, options: CheckOptions): Problem[] {
  const problems: Problem[] = [];
  const roots = options.item ? [...options.roots, 'item', 'index'] : options.roots;
  const report = (code: string, message: string, node: Expression): void => {
    problems.push({ path: '', code, message: `${message} (character ${node.at + 1})` });
  };
  const visit = (node: Expression, below: Expression | undefined): void => {
    if (node.kind === 'root') checkRoot(node, below, roots, report);
    if (node.kind === 'path' && node.base.kind === 'root')
      checkMembers(node.base.name, node, options, report);
    if (node.kind === 'call') checkCall(node, report);
    if (node.kind === 'binary' || node.kind === 'unary') checkOperands(node, report);
    for (const child of childrenOf(node)) visit(child, node);
  };
  for (const hole of holesOf(template)) visit(hole.expression, undefined);
  if (options.escapeQuoted) checkQuotedHoles(template, report);
  return problems;
}

type Report = (code: string, message: string, node: Expression) => void;

function checkRoot(
  node: Extract<Expression, { kind: 'root' }>,
  below: Expression | undefined,
  roots: readonly string[],
  report: Report,
): void {
  if (roots.includes(node.name)) {
    if (node.name === 'steps' && below?.kind !== 'path')
      report('unknown_step', 'Name a step, as in steps.create.output', node);
    return;
  }
  const near = nearestName(node.name, roots);
  const dashed = below?.kind === 'binary' && below.operator === '-' && below.right === node;
  const dash = dashed ? `; a name with a dash is written in brackets, as in headers['x-event']` : '';
  const called = findFunction(node.name) ? `; the function is called as ${node.name}(…)` : '';
  report(
    'unknown_root',
    `There is no \`${node.name}\` here${near ? `: did you mean \`${near}\`?` : `: known are ${roots.join(', ')}`}${dash}${called}`,
    node,
  );
}

function checkMembers(
  root: string,
  node: Extract<Expression, { kind: 'path' }>,
  options: CheckOptions,
  report: Report,
): void {
  let parts: readonly PathPart[] = node.parts;
  if (root === 'steps' && options.roots.includes('steps')) {
    const [id, ...rest] = parts;
    if (id?.kind !== 'name') return report('unknown_step', 'Name a step, as in steps.create.output', node);
    if (options.steps && !options.steps.includes(id.name)) {
      const near = nearestName(id.name, options.steps);
      const known =
        options.steps.length > 0
          ? `: known are ${options.steps.join(', ')}`
          : ': no step comes before this one';
      return report(
        'unknown_step',
        `No step before this one is called \`${id.name}\`${near ? `: did you mean \`${near}\`?` : known}`,
        node,
      );
    }
    parts = rest;
  }
  const members = options.members && Object.hasOwn(options.members, root) ? options.members[root] : undefined;
  const [next] = parts;
  if (!members || !next) return;
  if (next.kind === 'name' && members.includes(next.name)) return;
  report(
    'unknown_member',
    `\`${printExpression({ ...node, parts: node.parts.slice(0, node.parts.length - parts.length + 1) })}\` does not exist: known are ${members.join(', ')}`,
    node,
  );
}

function checkCall(node: Extract<Expression, { kind: 'call' }>, report: Report): void {
  const found = findFunction(node.name);
  if (!found) {
    const near = nearestName(
      node.name,
      functionCatalogue.map((entry) => entry.name),
    );
    return report(
      'unknown_function',
      `There is no function \`${node.name}\`${near ? `: did you mean \`${near}\`?` : ''}`,
      node,
    );
  }
  const fault = countFault(found, node.arguments.length);
  if (fault) report('wrong_arguments', fault, node);
  for (const [index, child] of node.arguments.entries()) {
    const wanted = argumentAt(found.arguments, index);
    const type = inferType(child);
    if (!wanted || type === 'any') continue;
    const literal = child.kind === 'literal' ? child.value : undefined;
    const fits =
      literal !== undefined
        ? isOfType(literal, wanted.type) || (wanted.type === 'text' && literal !== null)
        : canBe(type, wanted.type);
    if (!fits)
      report(
        'wrong_type',
        `${found.name}(): ${wanted.name} must be ${typeNames[wanted.type]}, \`${printExpression(child)}\` is not`,
        child,
      );
    if (wanted.name === 'pattern' && typeof literal === 'string') checkPattern(literal, child, report);
  }
}

function canBe(type: string, wanted: string): boolean {
  if (wanted === 'any' || type === 'null' || type === wanted) return true;
  if (wanted === 'text') return type === 'number' || type === 'boolean';
  if (wanted === 'date') return type === 'text' || type === 'number';
  if (type === 'date') return wanted === 'text';
  return wanted === 'list or object' && (type === 'list' || type === 'object');
}

function checkPattern(pattern: string, node: Expression, report: Report): void {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (error instanceof ExpressionError) report('bad_pattern', error.message, node);
  }
}

function checkOperands(node: Extract<Expression, { kind: 'binary' | 'unary' }>, report: Report): void {
  const sides = node.kind === 'unary' ? [node.operand] : [node.left, node.right];
  const types = sides.map(inferType);
  const joins = node.operator === '+' && types.some((type) => type === 'text' || type === 'any');
  if (!'-*/%+'.includes(node.operator)) return;
  for (const [index, side] of sides.entries()) {
    const type = types[index];
    const fits = type === 'any' || type === 'number' || (joins && (type === 'text' || type === 'boolean'));
    if (!fits)
      report(
        'wrong_type',
        `\`${node.operator}\` needs numbers, \`${printExpression(side)}\` is not one`,
        side,
      );
  }
}

function checkQuotedHoles(template: Template, report: Report): void {
  let before = '';
  for (const part of template.parts) {
    if (typeof part === 'string') {
      before += part;
      continue;
    }
    const { expression } = part;
    const inQuotes = ["'", '"'].some((mark) => (before.split(mark).length - 1) % 2 === 1);
    const isEscaped = expression.kind === 'call' && expression.name === 'escapeQuotes';
    if (inQuotes && !isEscaped) {
      const inside = printExpression(expression);
      report(
        'unescaped_quote',
        `A quote in the value would end the quoted text: write escapeQuotes(${inside})`,
        expression,
      );
    }
  }
}

/** A condition as rows of value, comparison, value, read from the parsed expression and written back to it. */
import { parseTemplate, printExpression, loneHole, type Expression } from '@weftline/connectors/expression';

export const comparisons = ['==', '!=', '>', '>=', '<', '<=', 'contains', 'exists', 'missing'] as const;
export type Comparison = (typeof comparisons)[number];
/** Both sides are texts as a pill field holds them: `{{path}}` or a literal. */
export type ConditionRow = { left: string; comparison: Comparison; right: string };
export type ConditionRows = { joint: '&&' | '||'; rows: ConditionRow[] };

export const takesRight = (comparison: Comparison) => comparison !== 'exists' && comparison !== 'missing';

/** Rows of a condition; null when it is more than rows can show (then it is edited as a formula). */
export function readRows(condition: string | undefined): ConditionRows | null {
  if (!condition?.trim()) return { joint: '&&', rows: [{ left: '', comparison: '==', right: '' }] };
  let expression: Expression | undefined;
  try {
    expression = loneHole(parseTemplate(condition))?.expression;
  } catch {
    return null;
  }
  if (!expression) return null;
  const joint = expression.kind === 'binary' && expression.operator === '||' ? '||' : '&&';
  const rows = partsOf(expression, joint).map(readRow);
  return rows.every((row) => row !== null) ? { joint, rows } : null;
}

function partsOf(node: Expression, joint: '&&' | '||'): Expression[] {
  return node.kind === 'binary' && node.operator === joint
    ? [...partsOf(node.left, joint), ...partsOf(node.right, joint)]
    : [node];
}

function readRow(node: Expression): ConditionRow | null {
  if (node.kind === 'binary' && (comparisons as readonly string[]).includes(node.operator))
    return { left: side(node.left), comparison: node.operator as Comparison, right: side(node.right) };
  if (node.kind === 'call' && node.name === 'contains' && node.arguments.length === 2)
    return { left: side(node.arguments[0]!), comparison: 'contains', right: side(node.arguments[1]!) };
  if (node.kind === 'call' && node.name === 'exists' && node.arguments.length === 1)
    return { left: side(node.arguments[0]!), comparison: 'exists', right: '' };
  const inner = node.kind === 'unary' && node.operator === '!' ? readRow(node.operand) : null;
  return inner?.comparison === 'exists' ? { ...inner, comparison: 'missing' } : null;
}

function side(node: Expression): string {
  if (node.kind !== 'literal') return `{{${printExpression(node)}}}`;
  return typeof node.value === 'string' && !looksTyped(node.value)
    ? node.value
    : typeof node.value === 'string'
      ? `"${node.value}"`
      : String(node.value);
}

/** Texts that would be read as a number, a truth value or null when they stand without quotes. */
function looksTyped(text: string): boolean {
  return (
    text === '' ||
    /^(true|false|null)$/.test(text) ||
    (text.trim() !== '' && Number.isFinite(Number(text))) ||
    /^".*"$/.test(text)
  );
}

/** The condition that rows stand for, as one hole. */
export function writeRows({ joint, rows }: ConditionRows): string {
  const parts = rows.filter((row) => row.left.trim() !== '').map(writeRow);
  return parts.length === 0 ? '' : `{{${parts.join(` ${joint} `)}}}`;
}

function writeRow({ left, comparison, right }: ConditionRow): string {
  const a = source(left);
  if (comparison === 'exists') return `exists(${a})`;
  if (comparison === 'missing') return `!exists(${a})`;
  const b = source(right);
  return comparison === 'contains' ? `contains(${a}, ${b})` : `${a} ${comparison} ${b}`;
}

function source(text: string): string {
  const hole = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(text);
  if (hole && !hole[1]!.includes('}}'))
    return /[\s&|?]/.test(hole[1]!.trim()) ? `(${hole[1]!.trim()})` : hole[1]!.trim();
  const plain = text.trim();
  if (/^(true|false|null)$/.test(plain) || (plain !== '' && Number.isFinite(Number(plain)))) return plain;
  const quoted = /^"(.*)"$/.exec(plain);
  return JSON.stringify(quoted ? quoted[1]! : text);
}

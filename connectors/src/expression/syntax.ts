/** One link of a path: a member name, a list index (negative counts from the end), every item, or a computed key. */
export type PathPart =
  | { kind: 'name'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'each' }
  | { kind: 'computed'; key: Expression };

export type BinaryOperator =
  | '??'
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

/** Our own syntax tree. `at` is the character in the template where the expression starts. */
export type Expression =
  | { kind: 'literal'; value: null | boolean | number | string; at: number }
  | { kind: 'list'; items: Expression[]; at: number }
  | { kind: 'root'; name: string; at: number }
  | { kind: 'path'; base: Expression; parts: PathPart[]; at: number }
  | { kind: 'call'; name: string; arguments: Expression[]; at: number }
  | { kind: 'unary'; operator: '!' | '-'; operand: Expression; at: number }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression; at: number }
  | { kind: 'conditional'; test: Expression; then: Expression; otherwise: Expression; at: number };

/** One `{{ … }}`: its inner text, where it stands in the template, and the tree. */
export type Hole = { source: string; start: number; end: number; expression: Expression };

/** A parsed text: literal parts and holes in order. Frozen; may be shared and cached. */
export type Template = { source: string; parts: readonly (string | Hole)[] };

/** The hole when the template is exactly one hole and nothing else, so that the value keeps its type. */
export function loneHole(template: Template): Hole | undefined {
  const [only] = template.parts;
  return template.parts.length === 1 && typeof only === 'object' ? only : undefined;
}

/** All holes of a template, in order. */
export function holesOf(template: Template): Hole[] {
  return template.parts.filter((part) => typeof part === 'object');
}

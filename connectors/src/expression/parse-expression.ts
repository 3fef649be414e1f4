import jsep from 'jsep';
import { convertNode, type ParsedNode } from './convert-node.ts';
import { ExpressionError } from './expression-error.ts';
import type { Expression } from './syntax.ts';

/** The part of jsep's parser class that we use; its own typings leave the class out. */
type Parser = {
  index: number;
  readonly code: number;
  readonly char: string;
  readonly expr: string;
  gobbleSpaces(): void;
  gobbleExpression(): ParsedNode | false;
  gobbleToken(): ParsedNode | false;
};
type ParserClass = {
  new (source: string): Parser;
  addBinaryOp(name: string, precedence: number, rightAssociative?: boolean): void;
};
const { Jsep } = jsep as unknown as { Jsep: ParserClass };

// `a ?? 0 > 100` must mean `(a ?? 0) > 100` for people who do not program: tighter than comparing, looser than adding.
Jsep.addBinaryOp('??', 7.5, true);
Jsep.addBinaryOp('in', 7);

const comma = 44;
const closeRound = 41;
const closeSquare = 93;
const star = 42;

/** jsep with positions, `[*]`, and without its tolerance for missing commas and several expressions in a row. */
class StrictParser extends Jsep {
  parseAll(): ParsedNode {
    const node = this.gobbleExpression();
    if (!node || this.index < this.expr.length) this.refuse();
    return node as ParsedNode;
  }

  override gobbleToken(): ParsedNode | false {
    this.gobbleSpaces();
    const at = this.index;
    if (this.code === star && /\[\s*$/.test(this.expr.slice(0, at)) && /^\*\s*\]/.test(this.expr.slice(at))) {
      this.index += 1;
      return { type: 'EachItem', at };
    }
    const node = super.gobbleToken();
    if (node) node.at ??= at;
    return node;
  }

  gobbleGroup(): ParsedNode {
    this.index += 1;
    const node = this.gobbleExpression();
    if (!node || this.code !== closeRound) this.refuse();
    this.index += 1;
    return node as ParsedNode;
  }

  gobbleArguments(end: number): ParsedNode[] {
    const found: ParsedNode[] = [];
    this.gobbleSpaces();
    if (this.code === end) {
      this.index += 1;
      return found;
    }
    for (;;) {
      const node = this.gobbleExpression();
      if (!node) this.refuse();
      found.push(node as ParsedNode);
      if (this.code === end) break;
      if (this.code !== comma) this.refuse(end === closeSquare ? 'a comma or ]' : 'a comma or )');
      this.index += 1;
    }
    this.index += 1;
    return found;
  }

  refuse(expected?: string): never {
    const found =
      this.index < this.expr.length ? `\`${this.char}\` does not fit here` : 'the expression ends too early';
    throw new ExpressionError('invalid_expression', expected ? `${found}: expected ${expected}` : found, {
      position: this.index,
    });
  }
}

/**
 * Parses the inside of one `{{ … }}` to our own tree. Nothing is ever evaluated by the parser.
 * @param offset where the inside starts in the template, for positions
 * @param counter counts nodes over the holes of one template
 * @throws ExpressionError invalid_expression | expression_limit
 */
export function parseExpression(source: string, offset: number, counter: { nodes: number }): Expression {
  if (source.trim() === '')
    throw new ExpressionError('invalid_expression', 'An empty {{ }} stands here.', { position: offset });
  let parsed: ParsedNode;
  try {
    parsed = new StrictParser(source).parseAll();
  } catch (error) {
    throw asExpressionError(error, offset);
  }
  return convertNode(parsed, offset, counter);
}

function asExpressionError(error: unknown, offset: number): ExpressionError {
  if (error instanceof RangeError)
    return new ExpressionError('expression_limit', 'The expression is nested too deeply.', {
      position: offset,
    });
  const known: { [text: string]: string } = {
    'missing unaryOp argument': 'Something is missing after the sign',
  };
  const { description, message, index, position } = error as {
    description?: string;
    message: string;
    index?: number;
    position?: number;
  };
  const at = offset + (position ?? index ?? 0);
  return new ExpressionError(
    'invalid_expression',
    `${known[description ?? ''] ?? description ?? message} (character ${at + 1}).`,
    {
      position: at,
    },
  );
}

import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';

/** A piece of a template before parsing: literal text, or the inside of a `{{ … }}` with its place. */
export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'hole'; source: string; start: number; end: number };

const escapes = new Set(['n', 'r', 't', '\\', '"', "'", '/']);
const curlyQuotes = new Set(['\u201c', '\u201d', '\u2018', '\u2019']);

/**
 * Splits a template into text and holes, and refuses what must never reach the parser: overlong or deeply nested
 * expressions, `\u` and `\x` escapes, backquotes, pipes, assignment.
 * @throws ExpressionError invalid_expression | expression_limit
 */
export function scanTemplate(source: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let holes = 0;
  let open = source.indexOf('{{');
  if (open !== -1 && source.length > limits.templateCharacters) {
    throw new ExpressionError(
      'expression_limit',
      `A text with {{ … }} may have ${limits.templateCharacters} characters, this one has ${source.length}.`,
    );
  }
  while (open !== -1) {
    if (open > from) pieces.push({ kind: 'text', text: source.slice(from, open) });
    holes += 1;
    if (holes > limits.holesPerTemplate) {
      throw new ExpressionError('expression_limit', `One text may have ${limits.holesPerTemplate} {{ … }}.`, {
        position: open,
      });
    }
    const close = findClose(source, open + 2);
    pieces.push({ kind: 'hole', source: source.slice(open + 2, close), start: open, end: close + 2 });
    from = close + 2;
    open = source.indexOf('{{', from);
  }
  if (from < source.length || pieces.length === 0) pieces.push({ kind: 'text', text: source.slice(from) });
  return pieces;
}

function findClose(source: string, start: number): number {
  let depth = 0;
  let index = start;
  while (index < source.length) {
    if (index - start > limits.holeCharacters) {
      throw new ExpressionError(
        'expression_limit',
        `One {{ … }} may have ${limits.holeCharacters} characters.`,
        { position: start - 2 },
      );
    }
    const char = source.charAt(index);
    if (char === '"' || char === "'") {
      index = skipText(source, index, start);
      continue;
    }
    if (char === '}' && source.charAt(index + 1) === '}') return index;
    if (char === '(' || char === '[') depth += 1;
    if (char === ')' || char === ']') depth -= 1;
    if (depth > limits.nesting) {
      throw new ExpressionError('expression_limit', `Brackets may be nested ${limits.nesting} deep.`, {
        position: index,
      });
    }
    const doubled = (char === '|' || char === '=') && source.charAt(index + 1) === char;
    if (!doubled) refuseCharacter(source, index);
    index += doubled ? 2 : 1;
  }
  throw new ExpressionError('invalid_expression', 'A {{ has no closing }}.', { position: start - 2 });
}

/** Walks over a quoted text and returns the index after its closing quote. */
function skipText(source: string, start: number, holeStart: number): number {
  const quote = source.charAt(start);
  const end = Math.min(source.length, holeStart + limits.holeCharacters);
  let index = start + 1;
  while (index < end) {
    const char = source.charAt(index);
    if (char === quote) return index + 1;
    if (char === '\\') {
      const next = source.charAt(index + 1);
      if (next === 'u' || next === 'x') {
        throw new ExpressionError(
          'invalid_expression',
          `Escapes such as \\${next} are not allowed: write the character itself.`,
          { position: index },
        );
      }
      if (!escapes.has(next)) {
        throw new ExpressionError(
          'invalid_expression',
          `\\${next} is not an escape: for a backslash write two, \\\\${next}.`,
          { position: index },
        );
      }
      index += 1;
    }
    index += 1;
  }
  if (end < source.length)
    throw new ExpressionError(
      'expression_limit',
      `One {{ … }} may have ${limits.holeCharacters} characters.`,
      { position: start },
    );
  throw new ExpressionError(
    'invalid_expression',
    `A text that starts with ${quote} has no closing ${quote}.`,
    { position: start },
  );
}

function refuseCharacter(source: string, index: number): void {
  const char = source.charAt(index);
  const refuse = (message: string): never => {
    throw new ExpressionError('invalid_expression', message, { position: index });
  };
  if (char === '|') refuse('`|` is not used here: call the function by name, for example upper(a).');
  if (char === '\\') refuse('A backslash may stand only inside a quoted text.');
  if (char === '`') refuse('Backquotes are not used here: write texts in "…" or \'…\'.');
  if (char === '{' || char === '}')
    refuse('A single brace has no meaning here: an expression stands between {{ and }}.');
  if (char === ';') refuse('`;` is not used here: a {{ … }} holds one expression.');
  if (char === '=' && !'=!<>'.includes(source.charAt(index - 1)))
    refuse('`=` is not used here: compare with ==.');
  if (curlyQuotes.has(char)) refuse(`Curly quotes are not used here: write texts in "…" or '…'.`);
  if (char > ' ' && /\s/u.test(char))
    refuse('An unusual space character stands here: replace it with an ordinary space.');
}

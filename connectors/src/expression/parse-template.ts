import { parseExpression } from './parse-expression.ts';
import { scanTemplate } from './scan-template.ts';
import type { Template } from './syntax.ts';

export type { Template } from './syntax.ts';

const cache = new Map<string, Template>();
const cacheEntries = 1000;
const cacheCharacters = 4000;

/** True when a text holds something to evaluate; other texts are taken as they are. */
export function isTemplate(text: string): boolean {
  return text.includes('{{');
}

/**
 * Parses a text with `{{ … }}`. The same text gives the same frozen object while it is in the cache.
 * @throws ExpressionError invalid_expression | expression_limit, with the position in the text
 */
export function parseTemplate(source: string): Template {
  const known = cache.get(source);
  if (known) return known;
  const counter = { nodes: 0 };
  const parts = scanTemplate(source).map((piece) => {
    if (piece.kind === 'text') return piece.text;
    const expression = parseExpression(piece.source, piece.start + 2, counter);
    return { source: piece.source, start: piece.start, end: piece.end, expression };
  });
  const template = deepFreeze({ source, parts });
  if (source.length <= cacheCharacters) remember(template);
  return template;
}

function remember(template: Template): void {
  if (cache.size >= cacheEntries) {
    const oldest = cache.keys().next();
    if (!oldest.done) cache.delete(oldest.value);
  }
  cache.set(template.source, template);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

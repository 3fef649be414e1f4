import { ExpressionError } from './expression-error.ts';
import { parseExpression } from './parse-expression.ts';
import type { ResolvedPart } from './read-path.ts';

const cache = new Map<string, readonly ResolvedPart[]>();
const cacheEntries = 500;
const longestPath = 1000;

/**
 * Parses a bare path such as `a.b`, `[0].name`, `items[-1]`, `items[*].id` or `["odd name"]`; '' is the whole value.
 * @throws ExpressionError invalid_expression
 */
export function parsePath(path: string): readonly ResolvedPart[] {
  const known = cache.get(path);
  if (known) return known;
  const parts = path === '' ? [] : read(path);
  if (cache.size >= cacheEntries) cache.clear();
  cache.set(path, parts);
  return parts;
}

function read(path: string): readonly ResolvedPart[] {
  // Quotes and escapes are read by the same parser as everything else, so what the scan of a template refuses is refused here.
  if (path.length > longestPath || /\\[ux]|[`|;={}]/u.test(path)) {
    throw new ExpressionError('invalid_expression', `\`${path.slice(0, 60)}\` is not a path.`);
  }
  const node = parseExpression(path.startsWith('[') ? `value${path}` : `value.${path}`, 0, { nodes: 0 });
  if (node.kind === 'path' && node.base.kind === 'root' && node.base.name === 'value') {
    const parts = node.parts.filter((part) => part.kind !== 'computed');
    if (parts.length === node.parts.length) return parts;
  }
  throw new ExpressionError(
    'invalid_expression',
    `\`${path.length > 60 ? `${path.slice(0, 60)}…` : path}\` is not a path: write names, [0], [-1], [*], and ['some-name'] for a name with other characters than letters, digits and _.`,
  );
}

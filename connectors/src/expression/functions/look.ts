import type { Json } from '../../json.ts';
import type { Budget } from '../budget.ts';
import { ExpressionError } from '../expression-error.ts';
import { Missing } from '../missing.ts';
import { parsePath } from '../parse-path.ts';
import { readPath } from '../read-path.ts';
import { argument } from './define.ts';

/** The argument that names the member of each item to look at. */
export const optionalPath = argument(
  'path',
  'text',
  'The member of each item to look at, such as "price" or "owner.name"; the item itself if left out.',
  { optional: true },
);

const itemRoot = { kind: 'root', name: 'item', at: 0 } as const;

/** The value at a path in an item, or undefined when it does not resolve. */
export function look(item: Json, path: Json | undefined, budget: Budget): Json | undefined {
  const found = readPath(item, parsePath((path as string | undefined) ?? ''), itemRoot, budget);
  return found instanceof Missing ? undefined : found;
}

/** The value at a path in every item, which must be there. */
export function lookAll(
  items: Json[],
  path: Json | undefined,
  name: string,
  budget: Budget,
  instead?: Json,
): Json[] {
  return items.map((item, index) => {
    const found = look(item, path, budget) ?? instead;
    if (found !== undefined) return found;
    throw new ExpressionError('unresolved_path', `${name}(): item ${index} has no \`${String(path)}\`.`, {
      path: `[${index}].${String(path)}`,
    });
  });
}

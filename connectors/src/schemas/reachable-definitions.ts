/** Which of a connector's definitions one schema needs: the others would only make it dear to compile. */
import type { Json } from '../json.ts';

type Definitions = { [name: string]: Json };

const namesByDefinitions = new WeakMap<Definitions, Map<string, string[]>>();
const reference = /^#\/\$defs\/([^/]+)/;

/**
 * @param schema any schema
 * @param definitions the `$defs` of its connector, which must not change while they are used
 * @returns those that the schema names, and those that these name, in the order of the document
 */
export function reachableDefinitions(schema: Json, definitions: Definitions): Definitions {
  const known = namesByDefinitions.get(definitions) ?? new Map<string, string[]>();
  namesByDefinitions.set(definitions, known);
  const found = new Set<string>();
  const open = namesIn(schema);
  while (open.length > 0) {
    const name = open.pop()!;
    if (found.has(name) || !Object.hasOwn(definitions, name)) continue;
    found.add(name);
    let names = known.get(name);
    if (!names) known.set(name, (names = namesIn(definitions[name]!)));
    open.push(...names);
  }
  return Object.fromEntries(
    found.size > 50
      ? Object.entries(definitions).filter(([name]) => found.has(name))
      : [...found].toSorted().map((name) => [name, definitions[name]!]),
  );
}

/** How many values a schema that stands alone and the definitions it reaches have: what compiling it costs. */
export function countReachable({ $defs, ...schema }: { [keyword: string]: Json }): number {
  return [
    schema,
    ...Object.values(reachableDefinitions(schema, ($defs ?? {}) as Definitions)),
  ].reduce<number>((sum, part) => sum + countValues(part), 0);
}

const counts = new WeakMap<object, number>();

function countValues(value: Json): number {
  if (value === null || typeof value !== 'object') return 1;
  const known = counts.get(value);
  if (known !== undefined) return known;
  let count = 1;
  for (const member of Object.values(value)) count += countValues(member);
  counts.set(value, count);
  return count;
}

/** Names of the definitions that a schema names itself. Names with `~` are written as in a JSON pointer. */
function namesIn(schema: Json): string[] {
  const names = new Set<string>();
  const visit = (value: Json): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, member] of Object.entries(value)) {
      if (key === '$ref' && typeof member === 'string') {
        const name = reference.exec(member)?.[1];
        if (name !== undefined) names.add(name.replaceAll('~1', '/').replaceAll('~0', '~'));
      } else visit(member as Json);
    }
  };
  visit(schema);
  return [...names];
}

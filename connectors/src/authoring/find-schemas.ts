/** Which parts of the format describe a place of a connector document. Runs in the browser. */
import { formatSchemas } from '../format-schemas.generated.ts';
import { isJsonObject, type Json } from '../json.ts';

export type FormatNode = { [keyword: string]: Json };
export type Place = readonly (string | number)[];

/**
 * The schemas for the value at a place; several where the format offers a choice, none where it knows nothing.
 * `schema` marks what the author writes as a JSON Schema of their own.
 */
export function findSchemas(place: Place): FormatNode[] {
  let nodes: FormatNode[] = expand({ $ref: 'connector.schema.json' });
  for (const key of place) {
    nodes = nodes.flatMap((node) => expand(childOf(node, key)));
    if (nodes.length === 0) return nodes;
  }
  return nodes;
}

/** True for a place inside a JSON Schema that the author writes. */
export function isInSchema(place: Place): boolean {
  return place.some((_, index) =>
    findSchemas(place.slice(0, index)).some(({ title }) => title === 'JsonSchema'),
  );
}

function childOf(node: FormatNode, key: string | number): Json | undefined {
  if (typeof key === 'number') return node['items'];
  const properties = node['properties'];
  if (isJsonObject(properties ?? null) && Object.hasOwn(properties as FormatNode, key))
    return (properties as FormatNode)[key];
  return node['additionalProperties'];
}

/** Follows references and choices to the schemas that say something themselves. */
function expand(node: Json | undefined, depth = 0): FormatNode[] {
  if (!isJsonObject(node ?? null) || depth > 10) return [];
  const schema = node as FormatNode;
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const target = resolve(reference);
    // What is said where a thing is used is closer to the author than what is said of the thing.
    return expand(target, depth + 1).map((found) =>
      schema['description'] === undefined ? found : { ...found, description: schema['description'] },
    );
  }
  const choices = ['anyOf', 'oneOf'].flatMap((name) => (Array.isArray(schema[name]) ? schema[name] : []));
  const branches = [schema['then'], schema['else']].filter((branch) => branch !== undefined);
  const inner = [...choices, ...branches].flatMap((choice) => expand(choice, depth + 1));
  const saysSomething = [
    'properties',
    'items',
    'enum',
    'const',
    'type',
    'tsType',
    'additionalProperties',
  ].some((name) => schema[name] !== undefined);
  return saysSomething ? [schema, ...inner] : inner;
}

function resolve(reference: string): Json | undefined {
  const [file = '', pointer = ''] = reference.split('#');
  const whole = formatSchemas[file.replace(/\.schema\.json$/, '')];
  return pointer
    .split('/')
    .slice(1)
    .reduce<Json | undefined>(
      (at, name) => (isJsonObject(at ?? null) ? (at as FormatNode)[name] : undefined),
      whole,
    );
}

/** `x-encode` and `x-dateFormat` stand where the runner applies them: at texts that people give to an action or a trigger. */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import { makeMarkFinder } from '../schemas/find-marked.ts';
import { locate } from '../schemas/list-members.ts';
import { resolveReference } from '../schemas/resolve-reference.ts';
import { schemaKeywords, schemaListKeywords, schemaMapKeywords } from '../schemas/keywords.ts';
import type { Connector, JsonSchema } from '../types.ts';
import { listSchemas } from './check-schemas.ts';
import type { Rule } from './list-requests.ts';

const keywords = ['x-encode', 'x-dateFormat'] as const;
const inputPlace =
  /^\/(?:actions\/\d+\/(?:path|query|headers|cookies|body|input)Schema|triggers\/\d+\/inputSchema)$/;

export const checkEncodings: Rule = (connector) => {
  const holds = makeMarkFinder(connector.$defs ?? {}, keywords);
  return listSchemas(connector)
    .filter(({ schema, path }) => !path.startsWith('/$defs/') && holds(schema))
    .flatMap(({ schema, path }) => checkSchema(connector, schema, path));
};

function checkSchema(connector: Connector, schema: JsonSchema, path: string): Problem[] {
  const found: Problem[] = [];
  const seen = { reached: new Set<object>(), unreached: new Set<object>() };
  const isInput = inputPlace.test(path);
  const visit = (at: Json | undefined, here: string, isReached: boolean): void => {
    const before = isReached ? seen.reached : seen.unreached;
    if (!isJsonObject(at) || before.has(at)) return;
    before.add(at);
    for (const keyword of keywords) {
      if (at[keyword] === undefined) continue;
      const why = isReached ? refuse(at, keyword) : notHere(keyword);
      if (why !== null) found.push(problem(`${here}/${keyword}`, 'wrong_value', why));
    }
    const reference = at['$ref'];
    // A definition that outputs share may say how its members go out; coming back that says nothing.
    if (typeof reference === 'string' && isInput)
      visit(
        resolveReference(reference, { schema, defs: connector.$defs ?? {} }),
        locate(reference, path, schema),
        isReached,
      );
    for (const keyword of Object.keys(schemaKeywords))
      visit(at[keyword], pointer(here, keyword), isReached && keyword === 'items');
    for (const keyword of Object.keys(schemaListKeywords)) {
      const list = at[keyword];
      if (Array.isArray(list))
        list.forEach((entry, index) => visit(entry, pointer(here, keyword, index), false));
    }
    for (const keyword of Object.keys(schemaMapKeywords)) {
      const map = at[keyword];
      // Definitions are looked at where something names them.
      if (keyword === '$defs' || !isJsonObject(map)) continue;
      for (const [name, entry] of Object.entries(map))
        visit(entry, pointer(here, keyword, name), isReached && keyword === 'properties');
    }
  };
  visit(schema, path, isInput);
  return found;
}

function notHere(keyword: string): string {
  return `${quote(keyword)} works at members of the inputs of actions and triggers only, below "properties" and "items"; take it out.`;
}

/** Why the keyword cannot stand here; null when it can. */
function refuse(schema: JsonObject, keyword: (typeof keywords)[number]): string | null {
  if (schema['$ref'] !== undefined)
    return `${quote(keyword)} cannot stand beside "$ref"; put it into the definition, or write the member out.`;
  const types = [schema['type'] ?? []].flat();
  if (!types.includes('string') || types.some((type) => type !== 'string' && type !== 'null'))
    return `${quote(keyword)} changes a text; give the member the type "string" (or "string" and "null"), or take it out.`;
  const beside = ['enum', 'const', 'x-file'].find((other) => schema[other] !== undefined);
  if (beside !== undefined)
    return `The values of ${quote(beside)} are written in the form that is sent; take ${quote(keyword)} or ${quote(beside)} out.`;
  if (keyword === 'x-encode')
    return schema['x-dateFormat'] === undefined
      ? null
      : 'A member has "x-encode" or "x-dateFormat", not both; take one of them out.';
  const { format } = schema;
  return format === undefined || format === 'date' || format === 'date-time'
    ? null
    : `A member with "x-dateFormat" is a date; take the format ${quote(format)} out, or write "date" or "date-time".`;
}

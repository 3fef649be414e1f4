/** Members that one part of `allOf` says are only read, and another asks for: what is asked for is sent. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { requiredOf } from './clean-keywords.ts';
import { follow, listOf, membersOf, type Source } from './source.ts';

/** @returns their schemas by name, as they stand in the document */
export function findAskedAnyway(source: Source, schema: JsonObject): Map<string, Json> {
  const parts = listOf(schema['allOf']);
  if (parts.length === 0) return new Map();
  const asked = [schema, ...parts.filter((part) => isJsonObject(part) && part['$ref'] === undefined)].flatMap(
    (part) => requiredOf(part as JsonObject).filter((name) => !declares(part as JsonObject, name)),
  );
  if (asked.length === 0) return new Map();
  const hidden = new Map<string, Json>();
  const open = new Set<string>();
  const look = (given: Json, depth: number): void => {
    const at = depth > 8 ? null : follow(source, given);
    for (const [name, member] of membersOf(at?.['properties'])) {
      const isHidden = isJsonObject(member) && member['readOnly'] === true;
      if (isHidden) hidden.set(name, member);
      else open.add(name);
    }
    for (const part of listOf(at?.['allOf'])) look(part, depth + 1);
  };
  look(schema, 0);
  return new Map([...hidden].filter(([name]) => asked.includes(name) && !open.has(name)));
}

function declares(schema: JsonObject, name: string): boolean {
  const properties = schema['properties'];
  return isJsonObject(properties) && Object.hasOwn(properties, name);
}

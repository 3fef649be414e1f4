/** What an object needs to be written as XML, or as fields. */
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { kindsOf } from './read-parameters.ts';
import { listOf, membersOf, type Source } from './source.ts';
import { elementOf, isBareList, xmlOf, xmlWords } from './xml-words.ts';

/** Names and attributes of XML. Null has no place in what is sent: a member without a value is left out. */
export function speakXml(schema: JsonObject, out: JsonObject, mode: 'xml' | 'xml-answer'): void {
  const words = xmlWords(schema['xml']);
  if (words) out['x-xml'] = words;
  const types = listOf(Array.isArray(out['type']) ? out['type'] : []).filter((type) => type !== 'null');
  if (mode === 'xml' && types.length > 0) out['type'] = types.length === 1 ? types[0]! : types;
}

/** A member whose element is called like those of a list could not be told from its items: it is left out. */
export function leaveDoubles(source: Source, schema: JsonObject, out: JsonObject): void {
  const properties = out['properties'];
  if (!isJsonObject(properties)) return;
  const lists = new Set<string>();
  const others: [string, string][] = [];
  for (const [name, member] of membersOf(schema['properties'])) {
    const called = String(xmlOf(source, member)['name'] ?? name);
    if (isBareList(source, member)) lists.add(elementOf(source, member, called));
    else others.push([name, called]);
  }
  for (const [name, called] of others) {
    if (!lists.has(called) || !Object.hasOwn(properties, name)) continue;
    delete properties[name];
    if (Array.isArray(out['required'])) out['required'] = out['required'].filter((one) => one !== name);
    source.warn(`"${name}" is called like the items of a list in XML and is left out.`);
  }
}

/** Members that are lists or objects have something in them: empty ones cannot be told from none. */
export function fillMembers(
  source: Source,
  schema: JsonObject,
  out: JsonObject,
  mode: 'fields' | 'xml',
): void {
  const properties = out['properties'];
  if (!isJsonObject(properties)) return;
  const given = new Map(membersOf(schema['properties']));
  for (const [name, member] of Object.entries(properties)) {
    const own = given.get(name) ?? false;
    const kinds =
      mode === 'fields' ? kindsOf(source, own) : { array: isBareList(source, own), object: false };
    if (!isJsonObject(member) || (!kinds.array && !kinds.object)) continue;
    properties[name] = {
      ...member,
      ...(kinds.array ? { minItems: Math.max(1, Number(member['minItems'] ?? 1)) } : {}),
      ...(kinds.object ? { minProperties: Math.max(1, Number(member['minProperties'] ?? 1)) } : {}),
    };
  }
}

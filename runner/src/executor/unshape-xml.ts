// An answer in XML as a value in the shape of its schema: lists that are lists with one item too, numbers that are numbers.
// What the schema does not know stays as it came, so nothing is lost.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { JsonSchema } from '@weftline/connectors/types';
import { listNames, makeXmlReader, qualified } from './xml-words.ts';
import type { Definitions, XmlFacts } from './xml-words.ts';

const textName = '#text';
/** Attributes that speak of XML itself. */
const ofXml = /^@(xmlns(:|$)|xsi:)/;

/** Whoever answers chooses the prefixes, so elements are known by what follows them. */
const localName = (name: string): string =>
  name
    .slice(name.startsWith('@') ? 1 : 0)
    .split(':')
    .at(-1)!;

const toList = (content: Json): Json[] => (Array.isArray(content) ? content : [content]);

const readScalar = (content: Json, { types }: XmlFacts): Json => {
  const text = isJsonObject(content) && typeof content[textName] === 'string' ? content[textName] : content;
  if (isJsonObject(content) && content['@xsi:nil'] === 'true') return null;
  if (typeof text !== 'string') return text;
  const plain = text.trim();
  if (types.has('string') || types.size === 0) return text;
  if (types.has('integer') || types.has('number')) {
    const number = plain === '' ? NaN : Number(plain);
    const isExact = Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
    if (isExact) return number;
  }
  if (types.has('boolean') && /^(true|false|0|1)$/.test(plain)) return plain === 'true' || plain === '1';
  return plain === '' && types.has('null') ? null : text;
};

/**
 * @param document of `readXml`: an object with one member, the root
 * @param schema of the output, with `x-xml` somewhere in it
 */
export const unshapeXml = (document: Json, schema: JsonSchema, definitions: Definitions): Json => {
  const factsOf = makeXmlReader(schema, definitions);

  const readItems = (contents: readonly Json[], items: XmlFacts): Json[] =>
    contents.map((one) => read(one, items));

  /** The only kind of element inside, where the items of a list stand in one that the schema does not speak of. */
  const openUnknown = (contents: readonly Json[], items: XmlFacts): readonly Json[] => {
    const [only] = contents;
    if (contents.length !== 1 || !isJsonObject(only)) return contents;
    const names = Object.keys(only).filter((name) => !name.startsWith('@') && name !== textName);
    const [name = ''] = names;
    const isItem = items.members.size > 0 || items.types.has('object') || items.types.size === 0;
    if (names.length !== 1 || (isItem && (items.members.size === 0 || items.members.has(name))))
      return contents;
    return toList(only[name]!);
  };

  const readList = (found: Json, facts: XmlFacts, member: string): Json[] => {
    const items = factsOf(facts.items);
    const { wrapper, item } = listNames(facts, items, member);
    if (wrapper === null) return readItems(openUnknown(toList(found), items), items);
    const contents = toList(found).flatMap((outer): Json[] => {
      if (!isJsonObject(outer)) return outer === '' ? [] : [outer];
      const key = Object.keys(outer).find((name) => localName(name) === localName(item));
      if (key !== undefined) return toList(outer[key]!);
      const names = Object.keys(outer).filter((name) => !name.startsWith('@'));
      return names.length === 1 ? toList(outer[names[0]!]!) : names.length === 0 ? [] : [outer];
    });
    return readItems(contents, items);
  };

  const readObject = (content: Json, facts: XmlFacts): Json => {
    if (content === '') return {};
    if (!isJsonObject(content)) return content;
    const keys = new Map(
      Object.keys(content).map((key) => [`${key.startsWith('@') ? '@' : ''}${localName(key)}`, key]),
    );
    const used = new Set<string>();
    const out: JsonObject = {};
    for (const [member, schemas] of facts.members) {
      const own = factsOf(schemas);
      const isList = own.types.has('array');
      const { wrapper, item } = isList
        ? listNames(own, factsOf(own.items), member)
        : { wrapper: null, item: '' };
      const name = isList ? (wrapper ?? item) : qualified(own.words, member);
      const key = keys.get(`${own.words.attribute === true ? '@' : ''}${localName(name)}`);
      if (key === undefined) {
        // No element at all is how a list without items stands in XML.
        if (isList && wrapper === null && facts.required.has(member)) out[member] = [];
        continue;
      }
      used.add(key);
      out[member] = isList ? readList(content[key]!, own, member) : read(content[key]!, own);
    }
    for (const [key, value] of Object.entries(content)) {
      if (used.has(key) || ofXml.test(key) || Object.hasOwn(out, key)) continue;
      out[key] = facts.more.length > 0 && !key.startsWith('@') ? read(value, factsOf(facts.more)) : value;
    }
    return out;
  };

  const read = (content: Json, facts: XmlFacts): Json => {
    const { types } = facts;
    if (types.has('array') && !types.has('object')) return readList(content, facts, '');
    if (types.has('object') || facts.members.size > 0) {
      const isScalar =
        typeof content === 'string' && content !== '' && (types.size > 1 || facts.members.size === 0);
      return isScalar ? readScalar(content, facts) : readObject(content, facts);
    }
    return types.size === 0 ? content : readScalar(content, facts);
  };

  const [name] = isJsonObject(document) ? Object.keys(document) : [];
  if (name === undefined) return document;
  const content = (document as JsonObject)[name]!;
  const root = factsOf([schema]);
  if (root.types.has('array')) {
    const inside = isJsonObject(content)
      ? Object.keys(content).filter((key) => !key.startsWith('@') && key !== textName)
      : [];
    const items = factsOf(root.items);
    return readItems(
      inside.length === 1
        ? toList((content as JsonObject)[inside[0]!]!)
        : inside.length === 0 && content === ''
          ? []
          : [content],
      items,
    );
  }
  // The root may itself be the one member that the schema declares.
  const isMember = [...root.members].some(
    ([member, schemas]) => qualified(factsOf(schemas).words, member) === localName(name),
  );
  if (isMember && root.words.name !== localName(name)) return readObject(document, root);
  return read(content, root);
};

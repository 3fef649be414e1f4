// A value in the shape of its schema as one in the shape of XML, by what `x-xml` says: attributes, names, wrapped lists.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { JsonSchema } from '@weftline/connectors/types';
import { listNames, makeXmlReader, qualified } from './xml-words.ts';
import type { Definitions, XmlFacts, XmlWords } from './xml-words.ts';

/** Adds under a name; two members of one name become a list, as an element that repeats. */
const put = (out: JsonObject, name: string, value: Json): void => {
  const before = Object.hasOwn(out, name) ? out[name]! : undefined;
  out[name] = before === undefined ? value : [before, value].flat();
};

/** With the namespace that the element declares. */
const declare = (content: Json, { namespace, prefix }: XmlWords): Json => {
  if (namespace === undefined) return content;
  const attribute = prefix === undefined || prefix === '' ? '@xmlns' : `@xmlns:${prefix}`;
  return { [attribute]: namespace, ...(isJsonObject(content) ? content : { '#text': content }) };
};

/**
 * @param value of a body, valid by its schema
 * @returns an object with one member, the root: the one `x-xml` names at the schema, else the only member of the value
 */
export const shapeXml = (value: Json, schema: JsonSchema, definitions: Definitions): Json => {
  const factsOf = makeXmlReader(schema, definitions);

  const writeList = (
    list: readonly Json[],
    facts: XmlFacts,
    member: string,
  ): { name: string; content: Json } => {
    const items = factsOf(facts.items);
    const { wrapper, item } = listNames(facts, items, member);
    const contents = list.map((one): Json => declare(write(one, items, item), items.words));
    return wrapper === null
      ? { name: item, content: contents }
      : { name: wrapper, content: declare({ [item]: contents }, facts.words) };
  };

  const write = (content: Json, facts: XmlFacts, name: string): Json => {
    if (Array.isArray(content)) {
      // A list in a list is one element with elements of its own in it.
      const inner = writeList(content, facts, name);
      return { [inner.name]: inner.content };
    }
    if (!isJsonObject(content)) return content ?? '';
    const out: JsonObject = {};
    // Services that check by a schema of XML want the order in which it is written down.
    const names = [...facts.members.keys()].filter((member) => Object.hasOwn(content, member));
    for (const member of [...names, ...Object.keys(content).filter((one) => !facts.members.has(one))]) {
      const value = content[member]!;
      if (value === null) continue;
      const own = factsOf(facts.members.get(member) ?? facts.more);
      if (Array.isArray(value)) {
        const list = writeList(value, own, member);
        put(out, list.name, list.content);
      } else if (own.words.attribute === true && !isJsonObject(value))
        out[`@${qualified(own.words, member)}`] = value;
      else put(out, qualified(own.words, member), declare(write(value, own, member), own.words));
    }
    return out;
  };

  const root = factsOf([schema]);
  if (root.words.name === undefined) return write(value, root, '');
  const name = qualified(root.words, root.words.name);
  if (!Array.isArray(value)) return { [name]: declare(write(value, root, name), root.words) };
  const items = factsOf(root.items);
  const item = qualified(items.words, root.words.name);
  const contents = value.map((one): Json => declare(write(one, items, item), items.words));
  return { [name]: declare({ [item]: contents }, root.words) };
};

// Reads an XML body back by the service's own schema: names of elements, attributes, lists with and without an element around.
import { fromRunner, type Foreign } from './libraries.ts';
import { coerce, inside, kindsOf, namesOf } from './read-wire.ts';

type Resolve = (value: Foreign) => Foreign;
type Tree = { [name: string]: Foreign };
/** Not what the document describes. */
export class XmlFault extends Error {}

const library = await fromRunner<Foreign>('fast-xml-parser');
const { XMLParser, XMLValidator } = library.default ?? library;
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
});

/**
 * @param schema of the body; `name` the one of the component that it names, if it names one
 * @throws XmlFault when it is no XML, or its root is called otherwise
 */
export function readXmlBody(text: string, schema: Foreign, resolve: Resolve): unknown {
  if (XMLValidator.validate(text) !== true) throw new XmlFault('it is no well-formed XML');
  const [[name, content] = ['', ''], ...rest] = Object.entries(parser.parse(text) as Tree);
  if (rest.length > 0) throw new XmlFault('it has several roots');
  const component = /^#\/(?:components\/schemas|definitions)\/([^/]+)$/.exec(String(schema?.$ref ?? ''))?.[1];
  const words = xmlOf(schema, resolve);
  const declared = namesOf(schema, resolve);
  const expected = words.name ?? component;
  if (expected === undefined && declared.length === 1)
    return readElement({ [name]: content }, schema, resolve, '');
  if (name !== qualify(words, expected ?? '')) throw new XmlFault(`its root is ${name} and not ${expected}`);
  checkNamespace(content, words, name);
  const kinds = kindsOf(schema, resolve);
  if (!kinds.has('array')) return readElement(content, schema, resolve, name);
  const items = inside(schema, null, resolve);
  const item = qualify(xmlOf(items, resolve), words.name ?? name);
  return listOf(content === '' ? undefined : content[item]).map((one) =>
    readElement(one, items, resolve, item),
  );
}

const listOf = (value: Foreign): Foreign[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

function qualify({ prefix }: Tree, name: string): string {
  return prefix ? `${prefix}:${name}` : name;
}

/** `xml` of a schema, through references and `allOf`. */
function xmlOf(schema: Foreign, resolve: Resolve, depth = 0): Tree {
  const at = resolve(schema);
  if (typeof at !== 'object' || at === null || depth > 10) return {};
  const parts = (at.allOf ?? []).map((part: Foreign) => xmlOf(part, resolve, depth + 1));
  return Object.assign({}, ...parts, at.xml) as Tree;
}

function checkNamespace(content: Foreign, { namespace, prefix }: Tree, name: string): void {
  if (namespace === undefined) return;
  const said = content?.[prefix ? `@xmlns:${prefix}` : '@xmlns'];
  if (said !== namespace) throw new XmlFault(`${name} is not in the namespace ${namespace}`);
}

function readElement(content: Foreign, schema: Foreign, resolve: Resolve, name: string): unknown {
  const kinds = kindsOf(schema, resolve);
  if (kinds.has('array') && !kinds.has('object')) {
    const items = inside(schema, null, resolve);
    const item = qualify(
      xmlOf(items, resolve),
      xmlOf(items, resolve).name ?? xmlOf(schema, resolve).name ?? name,
    );
    return listOf(content === '' ? undefined : content[item]).map((one) =>
      readElement(one, items, resolve, item),
    );
  }
  const text = typeof content === 'string' ? content : content?.['#text'];
  const isObject = kinds.has('object') || (kinds.has('any') && typeof content === 'object');
  if (!isObject || (typeof content === 'string' && content !== ''))
    return coerce(text ?? '', schema, resolve);
  if (content === '' && !kinds.has('object')) return '';
  const out: Tree = {};
  const used = new Set<string>();
  const isArray = (member: string) => kindsOf(inside(schema, member, resolve), resolve).has('array');
  // Where a member is called like the items of a list, the elements are the list's.
  const members = namesOf(schema, resolve).toSorted((a, b) => Number(isArray(b)) - Number(isArray(a)));
  for (const member of members) {
    const own = inside(schema, member, resolve);
    const words = xmlOf(own, resolve);
    const isList = kindsOf(own, resolve).has('array');
    const items = isList ? inside(own, null, resolve) : null;
    const itemWords = isList ? xmlOf(items, resolve) : {};
    const plain = words.name ?? member;
    const bare = itemWords.name ?? plain;
    const key = isList && !words.wrapped ? qualify(itemWords, bare) : qualify(words, plain);
    const at = words.attribute && !isList ? `@${key}` : key;
    const value = content?.[at];
    if (value === undefined || used.has(at)) continue;
    used.add(at);
    if (isList && words.wrapped) {
      checkNamespace(value, words, key);
      const list = value === '' ? [] : listOf(value[qualify(itemWords, bare)]);
      out[member] = list.map((one) => readElement(one, items, resolve, bare));
    } else if (isList) out[member] = listOf(value).map((one) => readElement(one, items, resolve, bare));
    else {
      if (!words.attribute) checkNamespace(value, words, key);
      out[member] = readElement(value, own, resolve, key);
    }
  }
  for (const [key, value] of Object.entries((content === '' ? {} : content) as Tree)) {
    if (used.has(key) || key.startsWith('@xmlns') || key === '#text') continue;
    out[key] = readElement(value, inside(schema, key, resolve), resolve, key);
  }
  return out;
}

// XML as a value: `@name` for attributes, `#text` for text beside them, a list where an element repeats. Texts stay texts.
import { XMLParser } from 'fast-xml-parser';
import type { Json } from '@weftline/connectors/json';

/** The same depth as JSON answers may have. */
export const deepestXml = 64;
/** Elements and attributes together: each becomes a value of its own. */
export const mostXmlNodes = 500_000;

/** Namespaces by the prefixes that a connector calls them. */
export type XmlNamespaces = { readonly [prefix: string]: string };

const textName = '#text';
const cdataName = '#cdata';
const attributesName = ':@';

type Node = { [name: string]: Node[] | string | { [name: string]: string } };

// Nothing of a document type is read, so no entity can be declared; the five of XML itself are decoded below.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: textName,
  cdataPropName: cdataName,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: deepestXml,
  strictReservedNames: false,
  jPath: false,
  // Members are defined with fromEntries, so a name cannot reach a prototype.
  onDangerousProperty: (name: string) => name,
});

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decodeEntity = (whole: string, name: string): string => {
  if (!name.startsWith('#')) return named[name] ?? whole;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)
    ? String.fromCodePoint(code)
    : whole;
};

const decodeText = (text: string): string =>
  text.includes('&') ? text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,4});/gi, decodeEntity) : text;

const tooMany = (): never => {
  throw new RangeError(`it has more than ${mostXmlNodes} elements and attributes`);
};

type Count = { nodes: number };

/** The name an element or attribute has by its namespace; null for one that declares a namespace. */
type Rename = (name: string, isAttribute: boolean) => string | null;

const asWritten: Rename = (name) => name;

/** Renaming for everything inside an element with these attributes. */
type Enter = (attributes: Node[string] | undefined) => { rename: Rename; enter: Enter };

const enterPlain: Enter = () => ({ rename: asWritten, enter: enterPlain });

/** @param wanted prefixes by namespace @param scope namespaces by the prefixes of the document, `` is the default one */
const enterNamed =
  (wanted: ReadonlyMap<string, string>, scope: ReadonlyMap<string, string>): Enter =>
  (attributes) => {
    const declared = Object.entries(attributes ?? {}).flatMap(([name, value]): [string, string][] => {
      const prefix = /^@xmlns(?::(.*))?$/.exec(name);
      return prefix === null ? [] : [[prefix[1] ?? '', decodeText(String(value)).trim()]];
    });
    const inside = declared.length === 0 ? scope : new Map([...scope, ...declared]);
    const rename: Rename = (name, isAttribute) => {
      const plain = isAttribute ? name.slice(1) : name;
      if (isAttribute && /^xmlns(:|$)/.test(plain)) return null;
      const colon = plain.indexOf(':');
      // An attribute without a prefix is in no namespace, whatever the default one is.
      if (isAttribute && colon === -1) return name;
      const prefix = wanted.get(inside.get(colon === -1 ? '' : plain.slice(0, colon)) ?? '');
      if (prefix === undefined) return name;
      return `${isAttribute ? '@' : ''}${prefix === '' ? '' : `${prefix}:`}${plain.slice(colon + 1)}`;
    };
    return { rename, enter: enterNamed(wanted, inside) };
  };

const readElement = (
  children: readonly Node[],
  attributes: Node[string] | undefined,
  count: Count,
  { rename, enter }: ReturnType<Enter>,
): Json => {
  const members = new Map<string, Json[]>();
  const put = (name: string, value: Json): void => {
    count.nodes += 1;
    if (count.nodes > mostXmlNodes) tooMany();
    const known = members.get(name);
    if (known === undefined) members.set(name, [value]);
    else known.push(value);
  };
  for (const [written, value] of Object.entries(attributes ?? {})) {
    const name = rename(written, true);
    if (name !== null) put(name, decodeText(String(value)));
  }
  let text = '';
  for (const child of children) {
    const [name = ''] = Object.keys(child).filter((key) => key !== attributesName);
    const content = child[name];
    if (name === textName) text += decodeText(String(content));
    else if (name === cdataName) for (const piece of content as Node[]) text += String(piece[textName] ?? '');
    else {
      const inner = enter(child[attributesName]);
      const read = readElement(content as Node[], child[attributesName], count, inner);
      put(inner.rename(name, false) ?? name, read);
    }
  }
  const trimmed = text.trim();
  if (members.size === 0) return trimmed;
  const whole = [...members].map(
    ([name, values]) => [name, values.length === 1 ? (values[0] as Json) : values] as const,
  );
  return Object.fromEntries(trimmed === '' ? whole : [...whole, [textName, trimmed]]);
};

/**
 * A document as an object with one member, its root element.
 * @param text at most what an answer may have; line ends and spaces around texts are taken off
 * @param namespaces names by which elements of these namespaces are called, whatever prefix the document has for them
 * @throws RangeError past the limits; SyntaxError for what is no XML, and for a document type declaration, which
 *   could name entities and other files
 */
export const readXml = (text: string, namespaces?: XmlNamespaces): Json => {
  // Counted before parsing, which takes a second for two million elements.
  let opened = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) opened += 1;
  if (opened > mostXmlNodes * 2) tooMany();
  const start = text.search(/<[a-z_:]/i);
  if (/<!DOCTYPE/i.test(text.slice(0, Math.max(0, start))))
    throw new SyntaxError('it has a document type declaration, which is not read');
  let nodes: Node[];
  try {
    nodes = parser.parse(text, true) as Node[];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    if (/nested tags/i.test(why))
      throw new RangeError(`it is nested more than ${deepestXml} deep`, { cause });
    throw new SyntaxError('it is not valid XML', { cause });
  }
  const enter =
    namespaces === undefined
      ? enterPlain
      : enterNamed(
          new Map(Object.entries(namespaces).map(([prefix, name]) => [name, prefix])),
          new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]),
        );
  const value = readElement(nodes, undefined, { nodes: 0 }, enter(undefined));
  if (typeof value !== 'object' || value === null) throw new SyntaxError('it is not valid XML');
  return value;
};

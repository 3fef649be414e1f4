// XML as a value: `@name` for attributes, `#text` for text beside them, a list where an element repeats. Texts stay texts.
import { XMLParser } from 'fast-xml-parser';
import type { Json } from '@weftline/connectors/json';

/** The same depth as JSON answers may have. */
export const deepestXml = 64;
/** Elements and attributes together: each becomes a value of its own. */
export const mostXmlNodes = 500_000;

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

const readElement = (children: readonly Node[], attributes: Node[string] | undefined, count: Count): Json => {
  const members = new Map<string, Json[]>();
  const put = (name: string, value: Json): void => {
    count.nodes += 1;
    if (count.nodes > mostXmlNodes) tooMany();
    const known = members.get(name);
    if (known === undefined) members.set(name, [value]);
    else known.push(value);
  };
  for (const [name, value] of Object.entries(attributes ?? {})) put(name, decodeText(String(value)));
  let text = '';
  for (const child of children) {
    const [name = ''] = Object.keys(child).filter((key) => key !== attributesName);
    const content = child[name];
    if (name === textName) text += decodeText(String(content));
    else if (name === cdataName) for (const piece of content as Node[]) text += String(piece[textName] ?? '');
    else put(name, readElement(content as Node[], child[attributesName], count));
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
 * @throws RangeError past the limits; SyntaxError for what is no XML, and for a document type declaration, which
 *   could name entities and other files
 */
export const readXml = (text: string): Json => {
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
  const value = readElement(nodes, undefined, { nodes: 0 });
  if (typeof value !== 'object' || value === null) throw new SyntaxError('it is not valid XML');
  return value;
};

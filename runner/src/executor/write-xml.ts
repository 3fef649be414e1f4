// A value as an XML document. Every text is escaped where it stands; names come from the connector or are checked.
import { ExpressionError } from '@weftline/connectors/expression';
import { escapeXmlAttribute, escapeXmlText } from '@weftline/connectors/expression/positions';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';

const namePattern = /^[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?$/;

const checkName = (name: string): string => {
  if (name.length > 200 || !namePattern.test(name) || /^xml$/i.test(name))
    throw new ExpressionError('bad_value', `"${name.slice(0, 60)}" cannot be the name of an XML element.`);
  return name;
};

const writeElement = (name: string, value: Json): string => {
  const tag = checkName(name);
  if (Array.isArray(value)) return value.map((item) => writeElement(tag, item)).join('');
  if (!isJsonObject(value)) return `<${tag}>${escapeXmlText(value)}</${tag}>`;
  const members = Object.entries(value);
  const attributes = members
    .filter(([member, content]) => member.startsWith('@') && content !== null)
    .map(([member, content]) => ` ${checkName(member.slice(1))}="${escapeXmlAttribute(content)}"`)
    .join('');
  const inside = members
    .filter(([member]) => !member.startsWith('@'))
    .map(([member, content]) => (member === '#text' ? escapeXmlText(content) : writeElement(member, content)))
    .join('');
  return `<${tag}${attributes}>${inside}</${tag}>`;
};

/**
 * An object with one member, the root, as a document. `@name` is an attribute, `#text` the text beside attributes, a list
 * repeats its element.
 * @throws ExpressionError `bad_value` for names and characters that XML cannot hold
 */
export const writeXml = (value: Json): string => {
  const [root, ...rest] = isJsonObject(value) ? Object.entries(value) : [];
  if (root === undefined || rest.length > 0 || Array.isArray(root[1]))
    throw new ExpressionError(
      'bad_value',
      'An XML body must be an object with one member, the root element.',
    );
  return `<?xml version="1.0" encoding="UTF-8"?>${writeElement(root[0], root[1])}`;
};

import { isJsonObject, type Json } from '../json.ts';
import { ExpressionError } from './expression-error.ts';
import { encodeQueryValue, encodeText, plainText } from './positions.ts';

export type ArrayStyle = 'repeat' | 'brackets' | 'indexed' | 'csv' | 'space' | 'pipe' | 'tab' | 'json';
export type ObjectStyle = 'brackets' | 'dots' | 'json' | 'flat' | 'csv' | 'space' | 'pipe';
export type QueryStyles = {
  arrayStyle?: ArrayStyle;
  objectStyle?: ObjectStyle;
  /** Characters that part the pieces of an address and that no reader of a query takes for its own stay as they are. */
  allowReserved?: boolean;
  /** The value is written in this type and stands as one text; JSON where the type is one. */
  contentType?: string;
};

const separators: { [style: string]: string } = { csv: ',', space: '%20', pipe: '%7C', tab: '%09' };
const mostPairs = 10_000;

/**
 * Writes fields as `a=1&b=2` for a query or a form body. Lists repeat the name and objects are JSON text unless a style
 * says otherwise, so a value cannot make up a field such as `q[$gt]`.
 * @throws ExpressionError bad_value
 */
export function encodeQuery(fields: { [name: string]: Json }, styles: QueryStyles = {}): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    writeField(encodeText(name), value, styles),
  );
  if (pairs.length > mostPairs)
    throw new ExpressionError('expression_limit', `A query may have ${mostPairs} fields.`);
  return pairs.join('&');
}

function writeField(name: string, value: Json, styles: QueryStyles): string[] {
  if (styles.contentType !== undefined) {
    const isText = typeof value === 'string' && !/^[^;]*[/+]json\b/i.test(styles.contentType);
    return [`${name}=${encodeText(isText ? value : JSON.stringify(value))}`];
  }
  if (Array.isArray(value)) return writeList(name, value, styles);
  if (isJsonObject(value)) return writeObject(name, value, styles);
  return [`${name}=${keepReserved(encodeQueryValue(value), styles)}`];
}

const reserved: { [code: string]: string } = Object.fromEntries(
  [...":/?@!$'()*,"].map((char) => [`%${char.charCodeAt(0).toString(16).toUpperCase()}`, char]),
);

/** `& = + # ; [ ]` stay encoded: they would end the value, or mean something else in it. */
function keepReserved(text: string, { allowReserved }: QueryStyles): string {
  return allowReserved ? text.replaceAll(/%[0-9A-F]{2}/g, (code) => reserved[code] ?? code) : text;
}

/** Styles that name a place inside, so that what stands there can be written the same way, however deep. */
const deep = new Set(['brackets', 'dots']);
const isDeep = (value: Json, { objectStyle }: QueryStyles): boolean =>
  typeof value === 'object' && value !== null && objectStyle !== undefined && deep.has(objectStyle);

function writeList(name: string, list: Json[], styles: QueryStyles): string[] {
  const style = styles.arrayStyle ?? 'repeat';
  if (style === 'json') return [`${name}=${encodeText(JSON.stringify(list))}`];
  if (style === 'brackets' || style === 'indexed')
    return list.flatMap((item, index) => {
      const full = `${name}%5B${style === 'indexed' ? index : ''}%5D`;
      return isDeep(item, styles) ? writeField(full, item, styles) : [`${full}=${encodeItem(item)}`];
    });
  if (style === 'repeat') return list.map((item) => `${name}=${keepReserved(encodeItem(item), styles)}`);
  // One empty item could not be told from none at all.
  if (list.length === 0) return [];
  return [`${name}=${list.map(encodeItem).join(separators[style])}`];
}

function writeObject(name: string, object: { [member: string]: Json }, styles: QueryStyles): string[] {
  const style = styles.objectStyle ?? 'json';
  const members = Object.entries(object);
  if (style === 'json') return [`${name}=${encodeText(JSON.stringify(object))}`];
  if (members.length === 0) return [];
  const separator = separators[style];
  if (separator !== undefined)
    return [
      `${name}=${members.flatMap(([member, value]) => [encodeText(member), encodeItem(value)]).join(separator)}`,
    ];
  return members.flatMap(([member, value]) => {
    const inner = encodeText(member);
    const full = style === 'dots' ? `${name}.${inner}` : style === 'flat' ? inner : `${name}%5B${inner}%5D`;
    if (isDeep(value, styles)) return writeField(full, value, styles);
    // A member that stands beside the others is a field like them.
    if (style === 'flat' && Array.isArray(value))
      return writeList(full, value, { arrayStyle: styles.arrayStyle ?? 'repeat' });
    return [`${full}=${encodeItem(value)}`];
  });
}

// A list or object inside a list has no agreed form in a query; JSON text is at least exact.
function encodeItem(value: Json): string {
  if (value === null) return '';
  return encodeText(typeof value === 'object' ? JSON.stringify(value) : plainText(value, 'A query value'));
}

import { isJsonObject, type Json } from '../json.ts';
import { ExpressionError } from './expression-error.ts';
import { encodeQueryValue, encodeText, plainText } from './positions.ts';

export type ArrayStyle = 'repeat' | 'brackets' | 'indexed' | 'csv' | 'space' | 'pipe' | 'json';
export type ObjectStyle = 'brackets' | 'dots' | 'json' | 'flat' | 'csv';
export type QueryStyles = { arrayStyle?: ArrayStyle; objectStyle?: ObjectStyle };

const separators: { [style: string]: string } = { csv: ',', space: '%20', pipe: '%7C' };
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
  if (Array.isArray(value)) return writeList(name, value, styles);
  if (isJsonObject(value)) return writeObject(name, value, styles);
  return [`${name}=${encodeQueryValue(value)}`];
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
  if (style === 'repeat') return list.map((item) => `${name}=${encodeItem(item)}`);
  return [`${name}=${list.map(encodeItem).join(separators[style])}`];
}

function writeObject(name: string, object: { [member: string]: Json }, styles: QueryStyles): string[] {
  const style = styles.objectStyle ?? 'json';
  const members = Object.entries(object);
  if (style === 'json') return [`${name}=${encodeText(JSON.stringify(object))}`];
  if (style === 'csv')
    return [
      `${name}=${members.flatMap(([member, value]) => [encodeText(member), encodeItem(value)]).join(',')}`,
    ];
  return members.flatMap(([member, value]) => {
    const inner = encodeText(member);
    const full = style === 'dots' ? `${name}.${inner}` : style === 'flat' ? inner : `${name}%5B${inner}%5D`;
    return isDeep(value, styles) ? writeField(full, value, styles) : [`${full}=${encodeItem(value)}`];
  });
}

// A list or object inside a list has no agreed form in a query; JSON text is at least exact.
function encodeItem(value: Json): string {
  if (value === null) return '';
  return encodeText(typeof value === 'object' ? JSON.stringify(value) : plainText(value, 'A query value'));
}

// Values of parameters in paths, headers and cookies, in the styles of OpenAPI (RFC 6570 where it has them).
import { ExpressionError } from '@weftline/connectors/expression';
import {
  encodeCookieValue,
  encodePathSegment,
  encodeText,
  plainText,
} from '@weftline/connectors/expression/positions';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { JsonSchema } from '@weftline/connectors/types';
import { parameterStyleOf, writeAs } from './parameter-style.ts';
import type { ParameterStyle } from './parameter-style.ts';

const itemText = (value: Json, place: string): string =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : plainText(value, place);

/** A list or an object as items: `a,b` for a list, `k=v,k=v` for an object that is exploded, else `k,v,k,v`. */
const itemsOf = (
  value: Json[] | JsonObject,
  isExploded: boolean,
  encode: (item: Json) => string,
): string[] => {
  if (Array.isArray(value)) return value.map(encode);
  return Object.entries(value).flatMap(([name, member]) =>
    isExploded ? [`${encode(name)}=${encode(member)}`] : [encode(name), encode(member)],
  );
};

/** A value may make a segment of dots only where it means no other resource. */
const checkSegment = (segment: string): string => {
  const text = segment.replaceAll(/%2e/gi, '.');
  if (text === '' || text === '.' || text === '..')
    throw new ExpressionError('bad_value', 'A part of the path may not be empty, `.` or `..`.');
  return segment;
};

/**
 * A member of `input.path`, percent-encoded.
 * @throws ExpressionError `bad_value` for what would change which resource is meant
 */
export const writePathValue = (name: string, value: Json, style: ParameterStyle): string => {
  if (style.contentType !== undefined) return checkSegment(encodeText(writeAs(value, style.contentType)));
  const { pathStyle = 'simple', isExploded = false } = style;
  const isList = Array.isArray(value) || isJsonObject(value);
  if (pathStyle === 'simple' && !isList) return encodePathSegment(value);
  // In a label the dot parts the items, so it is no part of one.
  const encode = (item: Json): string => {
    const text = encodeText(itemText(item, 'A part of the path'));
    return pathStyle === 'label' ? text.replaceAll('.', '%2E') : text;
  };
  const items = isList ? itemsOf(value, isExploded, encode) : [encode(value)];
  if (items.length === 0) throw new ExpressionError('bad_value', `The path needs a value in \`${name}\`.`);
  if (pathStyle === 'simple') return checkSegment(items.join(','));
  if (pathStyle === 'label') return checkSegment(`.${items.join(isExploded ? '.' : ',')}`);
  const label = encodeText(name);
  if (!isExploded) return `;${label}=${items.join(',')}`;
  return isJsonObject(value)
    ? items.map((item) => `;${item}`).join('')
    : items.map((item) => `;${label}=${item}`).join('');
};

/** JSON for a header: characters that a header cannot carry are written as JSON escapes. */
const asAscii = (text: string): string =>
  text.replaceAll(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * A member of `input.headers` as text; undefined for null and for a list or object with nothing in it.
 * @throws ExpressionError `bad_value`
 */
export const writeHeaderValue = (value: Json, style: ParameterStyle): string | undefined => {
  if (value === null) return undefined;
  if (style.contentType !== undefined) {
    const text = writeAs(value, style.contentType);
    return typeof value === 'string' && text === value ? text : asAscii(text);
  }
  if (Array.isArray(value) || isJsonObject(value)) {
    const items = itemsOf(value, style.isExploded === true, (item) => itemText(item, 'A header'));
    return items.length === 0 ? undefined : items.join(',');
  }
  return plainText(value, 'A header');
};

/**
 * The members of `input.cookies` as one `Cookie` header; values are percent-encoded. Null and absent ones are left out,
 * and so are empty lists.
 * @returns undefined when nothing is sent
 * @throws ExpressionError `bad_value`
 */
export const writeCookies = (cookies: JsonObject, schema: JsonSchema | undefined): string | undefined => {
  const pairs = Object.entries(cookies)
    .filter(([, value]) => value !== null)
    .flatMap(([name, value]) => writeCookie(name, value, parameterStyleOf(schema, name)));
  return pairs.length === 0 ? undefined : pairs.join('; ');
};

const encodeItem = (item: Json): string => encodeText(itemText(item, 'A cookie'));

const writeCookie = (name: string, value: Json, style: ParameterStyle): string[] => {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z[\]-]+$/.test(name))
    throw new ExpressionError('bad_value', 'A cookie name may have letters, digits and dashes only.');
  if (style.contentType !== undefined) return [`${name}=${encodeText(writeAs(value, style.contentType))}`];
  if (!Array.isArray(value) && !isJsonObject(value)) return [`${name}=${encodeCookieValue(value)}`];
  const { isExploded = false } = style;
  const items = itemsOf(value, isExploded, encodeItem);
  if (items.length === 0) return [];
  if (!isExploded) return [`${name}=${items.join(',')}`];
  return isJsonObject(value) ? items : items.map((item) => `${name}=${item}`);
};

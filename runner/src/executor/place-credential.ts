// Credentials that stand in the address or the body of a request.
import { ExpressionError } from '@weftline/connectors/expression';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { BuiltRequest } from './build-request.ts';

/** As one segment, or part of one; what RFC 3986 allows there stays as it is, because services compare it so. */
export const encodeSegment = (value: string): string =>
  encodeURIComponent(value).replaceAll(/%(3A|40|24|26|2B|2C|3B|3D)/g, (code) => decodeURIComponent(code));

/** Fills the place `{name}` of an address. @throws ExpressionError `bad_value` for a value that would leave its segment */
export const placeInPath = (url: string, name: string, value: string): string => {
  if (value === '.' || value === '..')
    throw new ExpressionError('bad_value', 'A credential of the connection cannot stand in an address.');
  const [path = '', ...query] = url.split('?');
  const filled = path.replaceAll(`{${name}}`, () => encodeSegment(value));
  return query.length === 0 ? filled : `${filled}?${query.join('?')}`;
};

/** @throws ExpressionError `unresolved_path` when a place was left without a credential */
export const checkPlaces = (url: string, places: ReadonlySet<string>): void => {
  const [path = ''] = url.split('?');
  for (const name of places)
    if (path.includes(`{${name}}`))
      throw new ExpressionError(
        'unresolved_path',
        `The address needs the credential \`${name}\`: choose a connection.`,
      );
};

/** RFC 6265, 4.1.1: what a cookie may hold. */
export const writeCookie = (name: string, value: string): string => {
  if (!/^[!#-+\--:<-[\]-~]*$/.test(value))
    throw new ExpressionError('bad_value', `The cookie ${name} of the connection cannot hold that value.`);
  return `${name}=${value}`;
};

/**
 * Puts a credential at a path with dots; where that ends in a place of a list, it goes before what stands there. Undefined:
 * there is nothing it could stand in.
 */
const putCredential = (
  body: Json | undefined,
  [name = '', ...rest]: string[],
  value: string,
): Json | undefined => {
  if (Array.isArray(body)) {
    const place = /^\d{1,4}$/.test(name) ? Number(name) : Number.NaN;
    if (!(place <= body.length)) return undefined;
    if (rest.length === 0) return body.toSpliced(place, 0, value);
    const inside = putCredential(body[place], rest, value);
    return inside === undefined ? undefined : body.toSpliced(place, 1, inside);
  }
  if (!isJsonObject(body ?? {})) return undefined;
  const object = (body ?? {}) as JsonObject;
  if (rest.length === 0) return { ...object, [name]: value };
  const inside = putCredential(Object.hasOwn(object, name) ? object[name] : undefined, rest, value);
  return inside === undefined ? undefined : { ...object, [name]: inside };
};

/**
 * Adds a credential to a JSON or form body.
 * @param name a member; in JSON a path with dots, where a number is a place in a list, such as `params.0`
 * @throws ExpressionError `bad_value` for other bodies
 */
export const placeInBody = (
  body: BuiltRequest['body'],
  name: string,
  value: string,
): BuiltRequest['body'] => {
  const type = body?.contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (body !== null && type === 'application/x-www-form-urlencoded' && body.bytes === undefined) {
    const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    return { ...body, text: body.text === '' ? pair : `${body.text}&${pair}` };
  }
  if (body !== null && /[/+]json$/.test(type) && body.bytes === undefined) {
    const content = JSON.parse(body.text) as Json;
    const placed = putCredential(content, name.split('.'), value);
    if (placed !== undefined) return { ...body, text: JSON.stringify(placed) };
  }
  throw new ExpressionError(
    'bad_value',
    `The credential goes into the body at "${name}", so the body must be a form, or JSON that has a place for it.`,
  );
};

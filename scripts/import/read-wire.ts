// Reads a built request back by the parameter styles of the service's document.
import type { Foreign } from './libraries.ts';
import type { VendorParameter } from './vendor-document.ts';

type Tree = { [name: string]: Foreign };
export type Kind = 'array' | 'object' | 'number' | 'integer' | 'boolean' | 'string' | 'any';

/** Which kinds a schema allows; all of them where it says nothing. */
export function kindsOf(schema: Foreign, resolve: (value: Foreign) => Foreign, depth = 0): Set<Kind> {
  const at = resolve(schema);
  if (typeof at !== 'object' || at === null || depth > 10) return new Set(['any']);
  const types = [at.type].flat().filter(Boolean) as Kind[];
  if (types.length > 0) return new Set(types);
  const parts = [...(at.oneOf ?? []), ...(at.anyOf ?? []), ...(at.allOf ?? [])];
  if (parts.length > 0) {
    const found = new Set<Kind>(parts.flatMap((part: Foreign) => [...kindsOf(part, resolve, depth + 1)]));
    if (found.size > 1) found.delete('any');
    return found;
  }
  if (at.properties || at.additionalProperties) return new Set(['object']);
  if (at.items) return new Set(['array']);
  return new Set(['any']);
}

/** A text as the value it stands for, given what the schema allows. */
export function coerce(text: string, schema: Foreign, resolve: (value: Foreign) => Foreign): unknown {
  const kinds = kindsOf(schema, resolve);
  const enumerated = enumOf(schema, resolve);
  if (kinds.size === 1 && kinds.has('string')) return text;
  if (enumerated) {
    const exact = enumerated.find((one) => one === text);
    return exact ?? enumerated.find((one) => String(one) === text) ?? text;
  }
  if (kinds.has('string') && allowsText(schema, text, resolve)) return text;
  if ((kinds.has('number') || kinds.has('integer')) && text.trim() !== '' && Number.isFinite(Number(text)))
    return Number(text);
  if (kinds.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (kinds.has('object') || kinds.has('array')) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
  return text;
}

/** True when one of the choices is a text that may be this one. */
function allowsText(schema: Foreign, text: string, resolve: (value: Foreign) => Foreign, depth = 0): boolean {
  const at = resolve(schema);
  if (typeof at !== 'object' || at === null || depth > 10) return true;
  const parts = [...(at.oneOf ?? []), ...(at.anyOf ?? []), ...(at.allOf ?? [])];
  if (parts.length > 0) return parts.some((part: Foreign) => allowsText(part, text, resolve, depth + 1));
  if (at.type !== undefined && ![at.type].flat().includes('string')) return false;
  return !Array.isArray(at.enum) || at.enum.includes(text);
}

function enumOf(schema: Foreign, resolve: (value: Foreign) => Foreign): unknown[] | null {
  const at = resolve(schema);
  return Array.isArray(at?.enum) ? at.enum : null;
}

/** The schema of a member or item, through references and choices. */
export function inside(
  schema: Foreign,
  name: string | null,
  resolve: (value: Foreign) => Foreign,
  depth = 0,
): Foreign {
  const at = resolve(schema);
  if (typeof at !== 'object' || at === null || depth > 10) return {};
  if (name === null && at.items) return at.items;
  if (name !== null && at.properties?.[name]) return at.properties[name];
  for (const part of [...(at.allOf ?? []), ...(at.oneOf ?? []), ...(at.anyOf ?? [])]) {
    const found = inside(part, name, resolve, depth + 1);
    if (Object.keys(found).length > 0) return found;
  }
  return typeof at.additionalProperties === 'object' && name !== null ? at.additionalProperties : {};
}

export function namesOf(schema: Foreign, resolve: (value: Foreign) => Foreign, depth = 0): string[] {
  const at = resolve(schema);
  if (typeof at !== 'object' || at === null || depth > 10) return [];
  return [
    ...Object.keys(at.properties ?? {}),
    ...[...(at.allOf ?? []), ...(at.oneOf ?? []), ...(at.anyOf ?? [])].flatMap((part: Foreign) =>
      namesOf(part, resolve, depth + 1),
    ),
  ];
}

type Pairs = [string, string][];
const separators: { [style: string]: string } = {
  form: ',',
  spaceDelimited: '%20',
  pipeDelimited: '%7C',
  tab: '%09',
  simple: ',',
};

/**
 * The value of one parameter among pairs of a query, form or cookie, whose values are still encoded.
 * @returns undefined when it is not there
 */
export function readPairs(
  parameter: VendorParameter,
  pairs: Pairs,
  resolve: (value: Foreign) => Foreign,
  others: Set<string>,
): unknown {
  const { name, schema, style, explode } = parameter;
  const own = pairs.filter(([key]) => key === name).map(([, value]) => value);
  const kinds = kindsOf(schema, resolve);
  const decode = (text: string) => decodeURIComponent(text);
  if (parameter.isJson) return own.length === 0 ? undefined : (JSON.parse(decode(own[0]!)) as unknown);
  if (style === 'deepObject') {
    const deep = pairs.filter(([key]) => key.startsWith(`${name}[`));
    if (deep.length > 0) return readDeep(name, deep, schema, resolve);
    if (own.length === 0) return undefined;
  }
  // Where one text may be meant as well, one text is one.
  if (
    own.length === 1 &&
    kinds.has('string') &&
    kinds.size > 1 &&
    allowsText(schema, decode(own[0]!), resolve)
  )
    return decode(own[0]!);
  const item = (text: string) => coerce(decode(text), inside(schema, null, resolve), resolve);
  if (kinds.has('array') && own.length > 0) {
    if (explode || style === 'deepObject') return own.map(item);
    return own[0]!.split(separators[style] ?? ',').map(item);
  }
  if (kinds.has('object')) {
    if (explode && style !== 'deepObject') {
      const declared = new Set(namesOf(schema, resolve));
      const mine = pairs.filter(([key]) => declared.has(key) || (declared.size === 0 && !others.has(key)));
      if (mine.length === 0) return undefined;
      const byName = Map.groupBy(mine, ([key]) => key);
      return Object.fromEntries(
        [...byName].map(([key, values]) => {
          const member = inside(schema, key, resolve);
          if (kindsOf(member, resolve).has('array'))
            return [
              key,
              values.map(([, value]) => coerce(decode(value), inside(member, null, resolve), resolve)),
            ];
          return [key, coerce(decode(values[0]![1]), member, resolve)];
        }),
      );
    }
    if (own.length === 0) return undefined;
    const parts = own[0]!.split(separators[style] ?? ',').map(decode);
    const out: Tree = {};
    for (let at = 0; at + 1 < parts.length; at += 2)
      out[parts[at]!] = coerce(parts[at + 1]!, inside(schema, parts[at]!, resolve), resolve);
    return out;
  }
  return own.length === 0 ? undefined : coerce(decode(own[0]!), schema, resolve);
}

/** `a[b][0]=1`, `a[]=1`. */
export function readDeep(
  name: string,
  pairs: Pairs,
  schema: Foreign,
  resolve: (value: Foreign) => Foreign,
): unknown {
  const tree: Tree = {};
  for (const [key, value] of pairs) {
    const keys = [...key.slice(name.length).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1]!);
    let at = tree;
    keys.forEach((part, index) => {
      const here = part === '' ? String(Object.keys(at).length) : part;
      if (index === keys.length - 1) {
        // A name that comes again is one more item.
        if (at[here] !== undefined) at[here] = [at[here], decodeURIComponent(value)].flat();
        else at[here] = decodeURIComponent(value);
      } else at = at[here] ??= {};
    });
  }
  const shape = (value: Foreign, at: Foreign): unknown => {
    const kinds = kindsOf(at, resolve);
    if (Array.isArray(value)) return value.map((one) => shape(one, inside(at, null, resolve)));
    if (typeof value === 'string')
      return kinds.has('array') && !kinds.has('string') && !value.startsWith('[')
        ? [coerce(value, inside(at, null, resolve), resolve)]
        : coerce(value, at, resolve);
    const numbered = Object.keys(value).every((key) => /^\d+$/.test(key));
    if (numbered && (kinds.has('array') || !kinds.has('object')))
      return Object.values(value).map((one) => shape(one, inside(at, null, resolve)));
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, shape(one, inside(at, key, resolve))]),
    );
  };
  return shape(tree, schema);
}

/** The value of a path parameter in the style `simple`, `label` or `matrix`, still encoded. */
export function readStyled(
  parameter: VendorParameter,
  raw: string,
  resolve: (value: Foreign) => Foreign,
): unknown {
  const { name, schema, style, explode } = parameter;
  const kinds = kindsOf(schema, resolve);
  if (parameter.isJson) return JSON.parse(decodeURIComponent(raw)) as unknown;
  let text = raw;
  if (style === 'label') {
    if (!text.startsWith('.')) return undefined;
    text = text.slice(1);
  }
  if (style === 'matrix') {
    const parts = text
      .split(';')
      .slice(1)
      .map((part) => part.split('='));
    if (kinds.has('object') && explode)
      return Object.fromEntries(
        parts.map(([key = '', value = '']) => [
          decodeURIComponent(key),
          coerce(decodeURIComponent(value), inside(schema, decodeURIComponent(key), resolve), resolve),
        ]),
      );
    const own = parts
      .filter(([key]) => decodeURIComponent(key ?? '') === name)
      .map(([, value]) => value ?? '');
    if (kinds.has('array') && explode)
      return own.map((one) => coerce(decodeURIComponent(one), inside(schema, null, resolve), resolve));
    text = own[0] ?? '';
  }
  const separator = style === 'label' && explode ? '.' : ',';
  if (kinds.has('array'))
    return text
      .split(separator)
      .map((one) => coerce(decodeURIComponent(one), inside(schema, null, resolve), resolve));
  if (kinds.has('object')) {
    const parts = text.split(separator);
    const pairs = explode ? parts.map((part) => part.split('=')) : pairUp(parts);
    return Object.fromEntries(
      pairs.map(([key = '', value = '']) => [
        decodeURIComponent(key),
        coerce(decodeURIComponent(value), inside(schema, decodeURIComponent(key), resolve), resolve),
      ]),
    );
  }
  return coerce(decodeURIComponent(text), schema, resolve);
}

function pairUp(parts: string[]): string[][] {
  const out: string[][] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) out.push([parts[at]!, parts[at + 1]!]);
  return out;
}

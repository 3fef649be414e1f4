/** The `$defs` of an imported connector: what references name, and large parts that stand in several places. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { hashDocument } from '../hash-document.ts';

/**
 * Which way a schema is used: what we send has no `readOnly` members, what comes back no `writeOnly` ones. In `fields` of
 * a query or a form an empty list or object leaves nothing behind, so one that must be there has something in it. `xml` is
 * what is sent as XML, `xml-answer` what comes back so.
 */
export type Mode = 'input' | 'output' | 'fields' | 'xml' | 'xml-answer';

const mostDefinitions = 4500;
/** Parts of so many characters become definitions: the same part of a dereferenced document stands once. */
const largePart = 2000;

export type Definitions = {
  /** The name of what a pointer names, made by `build` when it is named first. */
  name(pointer: string, mode: Mode, build: () => Json): string;
  /** The part itself, or a reference to it where it is large, deep, or one of many objects. */
  intern(part: Json, depth: number, isOneOfMany?: boolean): Json;
  all(): { [name: string]: JsonObject };
};

export function makeDefinitions(): Definitions {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const found = new Map<string, JsonObject>();
  const sizes = new WeakMap<object, number>();

  const sizeOf = (value: Json): number => {
    if (typeof value === 'string') return value.length + 2;
    if (typeof value !== 'object' || value === null) return 5;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    let size = 2;
    for (const [key, member] of Object.entries(value)) size += key.length + 4 + sizeOf(member);
    sizes.set(value, size);
    return size;
  };

  return {
    name(pointer, mode, build) {
      const known = names.get(`${mode} ${pointer}`);
      if (known !== undefined) return known;
      const name = freeName(pointer, mode, taken);
      names.set(`${mode} ${pointer}`, name);
      taken.add(name);
      const built = build();
      found.set(name, isJsonObject(built) ? built : built === false ? { not: {} } : {});
      return name;
    },
    intern(part, depth, isOneOfMany = false) {
      if (!isJsonObject(part) || Object.hasOwn(part, '$ref')) return part;
      const isObject = isOneOfMany && isJsonObject(part['properties']);
      const isLarge = (isObject || sizeOf(part) > largePart) && found.size < mostDefinitions;
      if (!isLarge && depth % 8 !== 7) return part;
      if (!isLarge && sizeOf(part) < 100) return part;
      const name = `part-${hashDocument(part).slice(0, 12)}`;
      if (!found.has(name)) found.set(name, part);
      return { $ref: `#/$defs/${name}` };
    },
    all: () => Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** `components/schemas/User` becomes `User`, and `User-input` for what is sent where that is another schema. */
function freeName(pointer: string, mode: Mode, taken: Set<string>): string {
  const keys = pointer.split('/');
  const isPlain = /^(components\/schemas|definitions)\/[^/]+$/.test(pointer);
  const words = (isPlain ? keys.at(-1)! : keys.join('-')).replaceAll(/[^A-Za-z0-9_.-]+/g, '-');
  const base = `${words.slice(0, 100) || 'schema'}${mode === 'output' ? '' : `-${mode}`}`;
  if (!taken.has(base)) return base;
  return `${base}-${hashDocument(pointer).slice(0, 6)}`;
}

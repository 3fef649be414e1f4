/** Carries out one operation of a migration on a value that was filled in. Values may be templates, which stay what they are. */
import { isTemplate } from '../expression/parse-template.ts';
import { parsePath } from '../expression/parse-path.ts';
import { isForbiddenName } from '../expression/convert-node.ts';
import { isJsonObject, type Json } from '../json.ts';
import type { MigrationOperation } from '../types.ts';

type Names = readonly (string | number)[];

/** @returns the new value, and what a person must look at because it could not be decided */
export function changeValue(value: Json, operation: MigrationOperation): { value: Json; notes: string[] } {
  const place = operation.op === 'move' ? operation.from! : operation.path!;
  const names = namesOf(place);
  const hidden = templateAbove(value, names);
  if (hidden !== null)
    return { value, notes: [`"${place}" is inside the expression ${hidden}; change it by hand.`] };
  const found = read(value, names);
  const keep = { value, notes: [] };
  if (operation.op === 'set') {
    if (found !== undefined && operation.ifAbsent === true) return keep;
    return { value: write(value, names, operation.value ?? null), notes: [] };
  }
  if (found === undefined) return keep;
  switch (operation.op) {
    case 'remove':
      return { value: without(value, names), notes: [] };
    case 'move':
      return { value: write(without(value, names), namesOf(operation.to!), found), notes: [] };
    case 'wrap':
      return Array.isArray(found) ? keep : { value: write(value, names, [found]), notes: [] };
    case 'unwrap': {
      if (typeof found === 'string' && isTemplate(found))
        return { value, notes: [`"${place}" takes one value now, and ${found} may be a list; look at it.`] };
      if (!Array.isArray(found)) return keep;
      const notes =
        found.length > 1 ? [`"${place}" takes one value now; the first of ${found.length} was kept.`] : [];
      return {
        value: found.length === 0 ? without(value, names) : write(value, names, found[0]!),
        notes,
      };
    }
    case 'mapValues': {
      if (typeof found === 'string' && isTemplate(found))
        return {
          value,
          notes: [`"${place}" has other values now, and ${found} is known only at run time; look at it.`],
        };
      const key = typeof found === 'string' ? found : JSON.stringify(found);
      const map = operation.map ?? {};
      return Object.hasOwn(map, key) ? { value: write(value, names, map[key]!), notes: [] } : keep;
    }
  }
}

/** A path without `[*]` as names and positions; the rules of a document refuse others. */
function namesOf(path: string): Names {
  return parsePath(path).map((part) =>
    part.kind === 'name' ? part.name : part.kind === 'index' ? part.index : '*',
  );
}

/** The template that stands where an object would have to be, or null. */
function templateAbove(value: Json, names: Names): string | null {
  let at: Json | undefined = value;
  for (const name of names) {
    if (typeof at === 'string') return isTemplate(at) ? at : null;
    at = at === undefined ? undefined : child(at, name);
  }
  return null;
}

function child(value: Json, name: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof name === 'number' ? value.at(name) : undefined;
  return isJsonObject(value) && Object.hasOwn(value, String(name)) ? value[String(name)] : undefined;
}

function read(value: Json, names: Names): Json | undefined {
  return names.reduce<Json | undefined>(
    (at, name) => (at === undefined ? undefined : child(at, name)),
    value,
  );
}

function write(value: Json, names: Names, next: Json): Json {
  const [name, ...rest] = names;
  if (name === undefined) return next;
  if (Array.isArray(value) && typeof name === 'number' && value.at(name) !== undefined)
    return value.with(name, write(value.at(name)!, rest, next));
  if (isForbiddenName(String(name))) return value;
  const own = isJsonObject(value) ? value : {};
  return { ...own, [String(name)]: write(child(own, name) ?? {}, rest, next) };
}

function without(value: Json, names: Names): Json {
  const [name, ...rest] = names;
  if (name === undefined) return value;
  const inner = child(value, name);
  if (inner === undefined) return value;
  if (Array.isArray(value)) {
    const at = (name as number) < 0 ? value.length + (name as number) : (name as number);
    return rest.length === 0 ? value.toSpliced(at, 1) : value.with(at, without(inner, rest));
  }
  const { [String(name)]: _, ...others } = value as { [key: string]: Json };
  return rest.length === 0
    ? others
    : { ...(value as { [key: string]: Json }), [String(name)]: without(inner, rest) };
}

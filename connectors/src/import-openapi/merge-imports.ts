/** Importing again: what the service changed comes in, what was changed by hand stays. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { pointer } from '../problem.ts';
import type { Connector } from '../types.ts';

/**
 * `added`, `removed`, `changed`: by the new import; `kept_edit`: changed by hand and not by the import; `conflict`: by
 * both, the hand edit stays.
 */
export type MergeChange = {
  /** A JSON pointer, in which parts of lists stand by their `key`. */
  path: string;
  kind: 'added' | 'removed' | 'changed' | 'kept_edit' | 'conflict';
};
export type Merged = { definition: Connector; diff: MergeChange[] };

const mostChanges = 1000;

/**
 * A three-way merge.
 * @param baseline the import that the edited document began as
 * @param edited the document with hand edits
 * @param next the new import
 */
export function mergeImports(baseline: JsonObject, edited: JsonObject, next: Connector): Merged {
  const diff: MergeChange[] = [];
  const note = (path: string, kind: MergeChange['kind']) => {
    if (diff.length < mostChanges) diff.push({ path, kind });
  };
  const definition = merge(baseline, edited, next as unknown as Json, '', note);
  return { definition: definition as unknown as Connector, diff };
}

type Note = (path: string, kind: MergeChange['kind']) => void;
type Maybe = Json | undefined;

function merge(base: Maybe, ours: Maybe, theirs: Maybe, path: string, note: Note): Maybe {
  const isOurs = !same(base, ours);
  const isTheirs = !same(base, theirs);
  if (!isOurs && !isTheirs) return theirs;
  if (isJsonObject(base) && isJsonObject(ours) && isJsonObject(theirs))
    return mergeObjects(base, ours, theirs, path, note);
  const keyed = [base, ours, theirs].map(byKey);
  if (keyed.every((part) => part !== null))
    return mergeLists(keyed as [JsonObject, JsonObject, JsonObject], path, note);
  if (!isOurs) {
    note(path, base === undefined ? 'added' : theirs === undefined ? 'removed' : 'changed');
    return theirs;
  }
  if (isTheirs && !same(ours, theirs)) note(path, 'conflict');
  else if (!isTheirs) note(path, 'kept_edit');
  return ours;
}

function mergeObjects(
  base: JsonObject,
  ours: JsonObject,
  theirs: JsonObject,
  path: string,
  note: Note,
): JsonObject {
  const out: JsonObject = {};
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(ours), ...Object.keys(base)])) {
    const [b, o, t] = [base, ours, theirs].map((part) =>
      Object.hasOwn(part, name) ? part[name] : undefined,
    );
    const merged = merge(b, o, t, pointer(path, name), note);
    if (merged !== undefined) out[name] = merged;
  }
  return out;
}

/** Lists whose parts have keys are compared by them: the order is the import's, what was added by hand comes last. */
function mergeLists(lists: [JsonObject, JsonObject, JsonObject], path: string, note: Note): Json[] {
  return Object.values(mergeObjects(...lists, path, note));
}

function byKey(value: Maybe): JsonObject | null {
  if (!Array.isArray(value)) return null;
  const found: JsonObject = {};
  for (const entry of value) {
    const key = isJsonObject(entry) ? entry['key'] : undefined;
    if (typeof key !== 'string' || Object.hasOwn(found, key)) return null;
    found[key] = entry;
  }
  return found;
}

function same(a: Maybe, b: Maybe): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same((a as JsonObject)[name], (b as JsonObject)[name]))
  );
}

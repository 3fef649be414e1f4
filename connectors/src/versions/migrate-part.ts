/** Takes a step or trigger of an older version over to a newer document, as its migrations say. */
import { parsePath } from '../expression/parse-path.ts';
import type { PathPart } from '../expression/syntax.ts';
import type { Json } from '../json.ts';
import type { Connector, Migration, MigrationOperation } from '../types.ts';
import { changeValue } from './change-value.ts';
import { findMigrations } from './find-migrations.ts';

export type PartKind = 'actions' | 'triggers';
export type OlderPart = { kind: PartKind; version: string; key: string };

/**
 * @param connector the newer document
 * @param part which action or trigger of which version it was
 * @param input what was filled in; may hold templates
 * @returns its key and input in the newer version, and what a person must look at
 */
export function migratePart(
  connector: Connector,
  part: OlderPart,
  input: Json,
): { key: string; input: Json; notes: string[] } {
  let { key } = part;
  let value = input;
  const notes: string[] = [];
  for (const migration of findMigrations(connector, part.version)) {
    key = keyAfter(migration, part.kind, key);
    for (const operation of operationsOf(migration.inputs, key)) {
      const changed = changeValue(value, operation);
      value = changed.value;
      notes.push(...changed.notes);
    }
  }
  return { key, input: value, notes };
}

/** A place of an output in the newer version; `parts` is null when it is gone, `note` says what to look at. */
export type MovedRead = { parts: readonly PathPart[] | null; note: string | null };

/** Follows a place of an output (the links behind `output`) through the migrations. */
export function migrateRead(connector: Connector, part: OlderPart, parts: readonly PathPart[]): MovedRead {
  let { key } = part;
  let read: MovedRead = { parts, note: null };
  for (const migration of findMigrations(connector, part.version)) {
    key = keyAfter(migration, part.kind, key);
    for (const operation of operationsOf(migration.outputs, key)) {
      if (read.parts === null) return read;
      read = changeRead(read.parts, operation, read.note);
    }
  }
  return read;
}

function changeRead(
  parts: readonly PathPart[],
  operation: MigrationOperation,
  note: string | null,
): MovedRead {
  const place = operation.op === 'move' ? operation.from! : operation.path!;
  const names = parsePath(place);
  if (!names.every((name, index) => isSame(name, parts[index]))) return { parts, note };
  const rest = parts.slice(names.length);
  const first = rest[0];
  switch (operation.op) {
    case 'move':
      return { parts: [...parsePath(operation.to!), ...rest], note };
    case 'remove':
      return { parts: null, note };
    case 'wrap':
      return { parts: [...names, { kind: 'index', index: 0 }, ...rest], note };
    case 'unwrap':
      if (first?.kind === 'index' && first.index === 0) return { parts: [...names, ...rest.slice(1)], note };
      return { parts, note: `"${place}" is one value now and was a list.` };
    case 'mapValues':
      return { parts, note: `"${place}" has other values now.` };
    case 'set':
      return { parts, note: `"${place}" is now always the same value.` };
  }
}

function isSame(a: PathPart, b: PathPart | undefined): boolean {
  if (a.kind === 'name') return b?.kind === 'name' && a.name === b.name;
  return a.kind === 'index' ? b?.kind === 'index' && a.index === b.index : a.kind === b?.kind;
}

function keyAfter(migration: Migration, kind: PartKind, key: string): string {
  const keys = migration[kind] ?? {};
  return Object.hasOwn(keys, key) ? keys[key]! : key;
}

function operationsOf(parts: Migration['inputs'], key: string): MigrationOperation[] {
  return (parts ?? []).filter(({ of }) => of === key).flatMap(({ operations }) => operations);
}

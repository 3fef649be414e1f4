// Rewrites what expressions read of outputs whose form changed with a version. Pure.
import { isJsonObject, type Json } from '@weftline/connectors/json';

import {
  holesOf,
  isTemplate,
  parseTemplate,
  printExpression,
  type Expression,
} from '@weftline/connectors/expression';
import { pointer } from '@weftline/connectors/problem';
import type { Connector } from '@weftline/connectors/types';
import { migrateRead, type OlderPart } from '@weftline/connectors/versions/migrate-part';

/** One text that reads a changed output. `note` says what a person must look at. */
export type ChangedRead = { path: string; before: string; after: string; note: string | null };

/**
 * @param value a part of a workflow, with templates
 * @param path where it stands, a JSON pointer
 * @param older by step id ('' is the trigger): what was taken over, and from which version
 * @param found every text that reads a changed place is added here
 * @returns the value with all texts rewritten
 */
export function followReads(
  value: Json,
  path: string,
  connector: Connector,
  older: ReadonlyMap<string, OlderPart>,
  found: ChangedRead[],
): Json {
  if (Array.isArray(value))
    return value.map((entry, index) => followReads(entry, pointer(path, index), connector, older, found));
  if (isJsonObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        // The source of code is no template, whatever stands in it.
        key === 'source' && value['kind'] === 'code'
          ? entry
          : followReads(entry, pointer(path, key), connector, older, found),
      ]),
    );
  if (typeof value !== 'string' || !isTemplate(value)) return value;
  const { after, notes } = followText(value, connector, older);
  if (after !== value || notes.length > 0)
    found.push({ path, before: value, after, note: notes.length > 0 ? [...new Set(notes)].join(' ') : null });
  return after;
}

function followText(
  text: string,
  connector: Connector,
  older: ReadonlyMap<string, OlderPart>,
): { after: string; notes: string[] } {
  const notes: string[] = [];
  let holes;
  try {
    holes = holesOf(parseTemplate(text));
  } catch {
    return { after: text, notes }; // a text that is no template yet is told of elsewhere
  }
  const show = (node: Expression): string | undefined => {
    const read = readOf(node, older);
    if (!read) return undefined;
    const moved = migrateRead(connector, read.part, read.parts);
    if (moved.parts === null)
      notes.push(`${printExpression(node)} is no longer given by version ${connector.version}.`);
    if (moved.note !== null) notes.push(moved.note);
    if (moved.parts === null || moved.parts === read.parts || node.kind !== 'path') return undefined;
    return printExpression({ ...node, parts: [...node.parts.slice(0, read.taken), ...moved.parts] });
  };
  let after = '';
  let end = 0;
  for (const hole of holes) {
    const before = printExpression(hole.expression);
    const printed = printExpression(hole.expression, show);
    after +=
      text.slice(end, hole.start) +
      (printed === before ? text.slice(hole.start, hole.end) : `{{${printed}}}`);
    end = hole.end;
  }
  return { after: after + text.slice(end), notes };
}

/** `steps.<id>.output…` or `trigger.output…` of something that was taken over. */
function readOf(node: Expression, older: ReadonlyMap<string, OlderPart>) {
  if (node.kind !== 'path' || node.base.kind !== 'root') return null;
  const nameAt = (index: number) => {
    const part = node.parts[index];
    return part?.kind === 'name' ? part.name : null;
  };
  const isStep = node.base.name === 'steps';
  if (!isStep && node.base.name !== 'trigger') return null;
  const taken = isStep ? 2 : 1;
  const part = older.get(isStep ? (nameAt(0) ?? '?') : '');
  return part && nameAt(taken - 1) === 'output' ? { part, taken, parts: node.parts.slice(taken) } : null;
}

/** Every operation of a document, in its order. */
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { follow, listOf, membersOf, textOf, type Source } from './source.ts';

export type Operation = {
  /** Capital letters. */
  method: string;
  path: string;
  operation: JsonObject;
  pathItem: JsonObject;
  operationId: string | undefined;
  tags: string[];
  /** How it is called in lists and reasons. */
  label: string;
};

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];

export function listOperations(source: Source): Operation[] {
  const found: Operation[] = [];
  for (const [path, item] of membersOf(source.document['paths'])) {
    if (path.startsWith('x-')) continue;
    const pathItem = follow(source, item);
    if (!pathItem) continue;
    for (const [key, member] of Object.entries(pathItem)) {
      const method = key.toLowerCase();
      const operation = methods.includes(method) ? follow(source, member) : null;
      if (!operation || !isJsonObject(member)) continue;
      const operationId = textOf(operation['operationId']);
      found.push({
        method: method.toUpperCase(),
        path,
        operation,
        pathItem,
        operationId,
        tags: listOf(operation['tags']).flatMap((tag) => textOf(tag) ?? []),
        label: `${method.toUpperCase()} ${path}`,
      });
    }
  }
  return found;
}

/** Those that `only` names by operation id, method and path, or tag; all of them without it. */
export function chooseOperations(operations: Operation[], only: readonly string[] | undefined): Operation[] {
  if (!only || only.length === 0) return operations;
  const wanted = new Set(only.map((name) => name.toLowerCase()));
  const isWanted = (name: string | undefined) => name !== undefined && wanted.has(name.toLowerCase());
  return operations.filter(
    ({ operationId, label, tags }) => isWanted(operationId) || isWanted(label) || tags.some(isWanted),
  );
}

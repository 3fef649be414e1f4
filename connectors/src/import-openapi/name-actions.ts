/** Keys of actions: readable, different from each other, and the same whatever the order of the operations is. */
import { hashDocument } from '../hash-document.ts';
import type { Operation } from './list-operations.ts';

const longest = 64;

/** `listUsers`, `list_users` and `List users (v2)` in kebab-case; empty when nothing is left. */
export function kebab(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/['’`]/g, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase()
    .replaceAll(/^-+|-+$/g, '');
}

/** A key of at most 64 characters that begins with a letter; what is cut is told apart by a hash. */
export function keyFrom(text: string, fallback: string): string {
  const plain = kebab(text);
  const key = plain === '' ? fallback : /^[a-z]/.test(plain) ? plain : `${fallback}-${plain}`;
  return key.length <= longest ? key : withHash(key, text);
}

function withHash(key: string, text: string): string {
  const hash = hashDocument(text).slice(0, 6);
  return `${key.slice(0, longest - 7).replace(/-+$/, '')}-${hash}`;
}

/** One key for each operation. Operations that would share one are told apart by a hash of method and path. */
export function nameActions(operations: readonly Operation[]): Map<Operation, string> {
  const byKey = Map.groupBy(operations, ({ operationId, method, path }) =>
    keyFrom(operationId && kebab(operationId) !== '' ? operationId : `${method} ${pathWords(path)}`, 'call'),
  );
  const keys = new Map<Operation, string>();
  for (const [key, sharing] of byKey)
    for (const operation of sharing)
      keys.set(operation, sharing.length === 1 ? key : withHash(key, operation.label));
  return keys;
}

/** `/users/{id}/posts` reads "users by id posts". */
function pathWords(path: string): string {
  return path.replaceAll(/\{([^{}]*)\}/g, ' by $1 ');
}

/** A name for people from an operation id: `listUsers` reads "List users". */
export function humanize(text: string): string {
  const words = kebab(text).replaceAll('-', ' ');
  return words === '' ? text : words[0]!.toUpperCase() + words.slice(1);
}

/** Guesses how a list comes in pages. It is only said: an author who knows the service turns it on. */
import { isJsonObject, type Json } from '../json.ts';
import { resolveReference } from '../schemas/resolve-reference.ts';
import type { Connector } from '../types.ts';

const mostShown = 5;

/** @returns one sentence for each way of paging that parameters and answers hint at, with some of its actions */
export function suggestPagination(connector: Connector): string[] {
  const found = new Map<string, string[]>();
  for (const { key, method, querySchema, outputSchema } of connector.actions) {
    if (method !== 'GET') continue;
    const way = guess(namesOf(querySchema, connector), namesOf(outputSchema, connector));
    if (way !== null) found.set(way, [...(found.get(way) ?? []), key]);
  }
  return [...found].map(
    ([way, keys]) =>
      `${keys.length} ${keys.length === 1 ? 'action seems' : 'actions seem'} to come in pages (${way}): ${keys.slice(0, mostShown).join(', ')}${keys.length > mostShown ? ', …' : ''}. Add "pagination" where that is so.`,
  );
}

function guess(query: string[], output: string[]): string | null {
  const cursor = query.find((name) =>
    /^(cursor|page_?token|next_?token|start_?cursor|after|starting_after|continuation)$/i.test(name),
  );
  const next = output.find((name) =>
    /^(next_?cursor|next_?page_?token|next_?token|cursor|has_more|paging|response_metadata)$/i.test(name),
  );
  if (cursor !== undefined && next !== undefined) return `cursor: send "${cursor}", read "body.${next}"`;
  const page = query.find((name) => /^(page|page_?number|current_?page)$/i.test(name));
  const size = query.find((name) => /^(per_?page|page_?size|limit|size|count|max_?results)$/i.test(name));
  const offset = query.find((name) => /^(offset|start|skip|start_?at|start_?index)$/i.test(name));
  if (page !== undefined) return `page: send "${page}"${size === undefined ? '' : ` and "${size}"`}`;
  if (offset !== undefined && size !== undefined) return `offset: send "${offset}" and "${size}"`;
  return cursor === undefined ? null : `cursor: send "${cursor}"`;
}

function namesOf(schema: Json | undefined, { $defs = {} }: Connector): string[] {
  if (!isJsonObject(schema)) return [];
  const reference = schema['$ref'];
  const target =
    typeof reference === 'string'
      ? resolveReference(reference, { schema, defs: $defs as { [name: string]: Json } })
      : schema;
  return isJsonObject(target) && isJsonObject(target['properties']) ? Object.keys(target['properties']) : [];
}

// Every list of the catalogue that comes in pages asks for its second one with what the first one named.
import { parsePath } from '@weftline/connectors/expression/parse-path';
import type { Json } from '@weftline/connectors/json';
import { loadApps, loadFixtures, type Fixture } from '@weftline/connectors/load-apps';
import type { Action, Pagination } from '@weftline/connectors/types';
import { expect, test } from 'vitest';
import { sendFixture } from './play-fixture.ts';

const mark = '1234567890';
type Tree = { [name: string]: Json };
type Answer = { status: number; headers: { [name: string]: string }; body: Json };

/** Puts a value where a path of an answer leads; false where the answer has no such place. */
function put(answer: Answer, path: string, value: Json): boolean {
  const parts = parsePath(path).map((part) =>
    part.kind === 'name' ? part.name : part.kind === 'index' ? part.index : '*',
  );
  const last = parts.pop();
  let at: Json = answer as unknown as Json;
  for (const part of parts) {
    if (Array.isArray(at)) at = typeof part === 'number' ? (at.at(part) ?? null) : null;
    else if (typeof at === 'object' && at !== null) {
      if ((at as Tree)[String(part)] === undefined || (at as Tree)[String(part)] === null)
        (at as Tree)[String(part)] = {};
      at = (at as Tree)[String(part)]!;
    } else return false;
  }
  if (typeof at !== 'object' || at === null) return false;
  if (Array.isArray(at)) return false;
  (at as Tree)[String(last)] = value;
  return true;
}

/** The first answer, changed so that it names another page. */
function withNext(fixture: Fixture, pagination: Pagination): Answer | null {
  const answer = structuredClone(fixture.response) as Answer;
  const { type, next, hasMore } = pagination;
  const further = `${fixture.request.url}${fixture.request.url.includes('?') ? '&' : '?'}page_info=${mark}`;
  if (hasMore !== undefined && !put(answer, hasMore, true)) return null;
  if (type === 'cursor' && next !== undefined) {
    // A cursor in the last item is a member of what the service lists.
    if (/\[-1\]/.test(next) && !hasItems(answer, pagination)) return null;
    return put(answer, next, mark) ? answer : null;
  }
  if (type === 'nextUrl' && next !== undefined) return put(answer, next, further) ? answer : null;
  if (type !== 'link') return null;
  answer.headers = {
    ...answer.headers,
    [pagination.header ?? 'link']:
      `<${further}>; rel="${pagination.rel ?? 'next'}"${pagination.param ? `; ${pagination.param.name}="${pagination.param.equals}"` : ''}`,
  };
  return answer;
}

function hasItems(answer: Answer, { items = '' }: Pagination): boolean {
  const list = parsePath(items).reduce<Json>(
    (at, part) =>
      part.kind === 'name' && typeof at === 'object' && at !== null && !Array.isArray(at)
        ? ((at as Tree)[part.name] ?? null)
        : null,
    answer as unknown as Json,
  );
  return Array.isArray(list) && list.length > 0;
}

const paged = loadApps().flatMap((connector) =>
  connector.actions.flatMap((action: Action) => {
    const { pagination } = action;
    if (!pagination || !['cursor', 'nextUrl', 'link'].includes(pagination.type)) return [];
    const fixture = loadFixtures(connector).find(
      (one) =>
        one.action === action.key &&
        one.error === undefined &&
        one.calls === undefined &&
        (action.steps ?? []).length === 0,
    );
    const first = fixture && withNext(fixture, pagination);
    return fixture && first
      ? [{ name: `${connector.app.key} ${action.key}`, connector, fixture, first }]
      : [];
  }),
);

test('most lists in pages can be tried so', () => {
  console.log(`${paged.length} lists in pages`);
  expect(paged.length).toBeGreaterThan(50);
});

test.each(paged)('$name asks for its second page', async ({ connector, fixture, first }) => {
  const end = { status: 200, headers: { 'content-type': 'application/json' }, body: {} };
  const { sent, result } = await sendFixture(connector, {
    ...fixture,
    response: first as Fixture['response'],
    calls: [{ request: fixture.request, response: end as Fixture['response'] }],
  });
  expect(sent.length, JSON.stringify(result).slice(0, 300)).toBeGreaterThanOrEqual(2);
  expect(`${sent[1]!.url} ${sent[1]!.body ?? ''} ${JSON.stringify(sent[1]!.headers)}`).toContain(mark);
});

/** What a list in pages needs, by its type; and nothing that this type does not read. */
import { parsePath } from '../expression/parse-path.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Action, Pagination, Request } from '../types.ts';
import { isTemplate } from '../expression/parse-template.ts';
import { listPlaceholders } from './check-placeholders.ts';
import { listSourcePaginations } from './list-paginations.ts';
import { isWrittenOut, type Rule } from './list-requests.ts';

type Key = Exclude<keyof Pagination, 'type'>;

const keysOf: { [type in Pagination['type']]: { needed: Key[]; also: Key[] } } = {
  none: { needed: [], also: [] },
  cursor: { needed: ['items', 'next', 'send'], also: ['hasMore'] },
  page: { needed: ['items', 'send'], also: ['start', 'size', 'hasMore', 'totalPages'] },
  offset: { needed: ['items', 'send', 'size'], also: ['start', 'hasMore', 'total'] },
  link: { needed: ['items'], also: ['header', 'rel', 'param'] },
  nextUrl: { needed: ['items', 'next'], also: ['hasMore', 'keepQuery'] },
  range: { needed: ['items', 'size'], also: [] },
  continue: { needed: ['items', 'merge'], also: [] },
};

export const checkPagination: Rule = (connector) => [
  ...connector.actions.flatMap((action, index) => {
    const path = pointer('/actions', index);
    if (action.pagination === undefined || action.pagination.type === 'none')
      return action.maxItems === undefined || action.responseFormat === 'sse'
        ? []
        : [
            problem(
              `${path}/maxItems`,
              'unknown_key',
              '"maxItems" needs "pagination" or the response format "sse"; add one, or take this out.',
            ),
          ];
    return [...checkPages(action, action.pagination, path), ...checkReading(action, path)];
  }),
  ...listSourcePaginations(connector).flatMap(({ request, pagination, path }) =>
    pagination === undefined || pagination.type === 'none' || !isWrittenOut(request)
      ? []
      : checkPages(request, pagination, path),
  ),
];

function checkPages(request: Request, pagination: Pagination, path: string): Problem[] {
  return [
    ...checkKeys(pagination, `${path}/pagination`),
    ...checkPaths(pagination, `${path}/pagination`),
    ...checkPlaces(request, pagination, path),
  ];
}

function checkKeys(pagination: Pagination, path: string): Problem[] {
  const { needed, also } = keysOf[pagination.type];
  const missing = needed
    .filter((key) => pagination[key] === undefined)
    .map((key) =>
      problem(
        `${path}/${key}`,
        'missing_key',
        `With type ${quote(pagination.type)} "${key}" is needed; add it.`,
      ),
    );
  const foreign = (Object.keys(pagination) as (Key | 'type')[])
    .filter((key) => key !== 'type' && !needed.includes(key) && !also.includes(key))
    .map((key) =>
      problem(
        `${path}/${key}`,
        'unknown_key',
        `With type ${quote(pagination.type)} "${key}" is not read; take it out.`,
      ),
    );
  return [...missing, ...foreign];
}

function checkPaths(pagination: Pagination, path: string): Problem[] {
  return (['items', 'next', 'hasMore', 'totalPages', 'total', 'merge'] as const).flatMap((key) => {
    try {
      // A computed next page is looked at with the other templates.
      if (key !== 'next' || !isTemplate(pagination.next ?? '')) parsePath(pagination[key] ?? '');
      return [];
    } catch (error) {
      return [
        problem(`${path}/${key}`, 'bad_path', error instanceof Error ? error.message : 'This is no path.'),
      ];
    }
  });
}

/** Where numbers and cursors are sent must be there. */
function checkPlaces(request: Request, pagination: Pagination, path: string): Problem[] {
  const found: Problem[] = [];
  const { type, send, size } = pagination;
  const isBodiless = request.method === 'GET' || request.method === 'HEAD';
  for (const [key, place] of [
    ['send', send],
    ['size', size],
  ] as const) {
    if (isBodiless && place?.in === 'body')
      found.push(
        problem(
          `${path}/pagination/${key}/in`,
          'body_not_sent',
          `A ${request.method} request has no body; send it in the query.`,
        ),
      );
    // The body template of these formats holds the variables or parameters themselves.
    const outer = { graphql: 'variables.', jsonRpc: 'params.' }[request.bodyFormat ?? ''];
    if (outer !== undefined && place?.in === 'body' && place.name?.startsWith(outer))
      found.push(
        problem(
          `${path}/pagination/${key}/name`,
          'wrong_value',
          `Names the ${outer === 'params.' ? 'parameter' : 'variable'} alone: ${quote(place.name.slice(outer.length))}.`,
        ),
      );
  }
  if (
    size !== undefined &&
    (type === 'page' || type === 'offset') &&
    (size.in === undefined || size.name === undefined)
  )
    found.push(
      problem(
        `${path}/pagination/size`,
        'missing_key',
        'The size of a page is sent with each request; add "in" and "name".',
      ),
    );
  if (send?.in === 'path') {
    const isCursor = type === 'cursor';
    const endpoint = isCursor ? (send.endpointTemplate ?? '') : request.endpointTemplate;
    const holder = isCursor ? 'send.endpointTemplate, where further pages are,' : 'endpointTemplate';
    if (!listPlaceholders(endpoint).names.includes(send.name))
      found.push(
        problem(
          `${path}/pagination/send/name`,
          'placeholder_mismatch',
          `Sent in the path it needs a place there: write {${send.name}} into ${holder}.`,
        ),
      );
  }
  if (send?.endpointTemplate !== undefined && type !== 'cursor')
    found.push(
      problem(
        `${path}/pagination/send/endpointTemplate`,
        'unknown_key',
        'Only a cursor has another address for further pages; take it out.',
      ),
    );
  return found;
}

/** A read must stay a read when it is made many times. */
function checkReading(action: Action, path: string): Problem[] {
  const found: Problem[] = [];
  if (action.effect !== undefined && action.effect !== 'read')
    found.push(
      problem(
        `${path}/pagination`,
        'wrong_value',
        'Pages are read by sending the request again and again; only an action whose effect is "read" may have them.',
      ),
    );
  if (action.response?.unwrap !== undefined)
    found.push(
      problem(
        `${path}/response/unwrap`,
        'mixed_modes',
        'With pagination "items" says where the list is; take "unwrap" out.',
      ),
    );
  return found;
}

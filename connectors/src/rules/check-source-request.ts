/** What a source asks of its service: a request that changes nothing, and a list where that request can give one. */
import { parseTemplate } from '../expression/parse-template.ts';
import { safeMethods } from '../methods.ts';
import { problem, quote, type Problem } from '../problem.ts';
import type { Connector, FieldSource, OptionSource, Request } from '../types.ts';
import { listPlaceholders } from './check-placeholders.ts';
import { isWrittenOut } from './list-requests.ts';

type Source = OptionSource | FieldSource;

/** Problems of one source, which stands at `path`. */
export function checkSourceRequest(connector: Connector, source: Source, path: string): Problem[] {
  return [
    ...checkRequest(connector, source, path),
    ...checkItems(source, path),
    ...checkAddress(source, path),
  ];
}

/** People ask for choices by opening a list: nothing may change by that. */
function checkRequest(connector: Connector, { request, pagination }: Source, path: string): Problem[] {
  const unsafe = (at: string, message: string) => [problem(`${path}/request${at}`, 'unsafe_source', message)];
  if (!isWrittenOut(request)) {
    const target = connector.actions.find(({ key }) => key === request.action);
    if (!target) return []; // Said elsewhere.
    const isRead = target.effect === undefined ? safeMethods.has(target.method) : target.effect === 'read';
    return [
      ...(isRead
        ? []
        : unsafe('/action', 'Loading choices must change nothing; name an action whose effect is "read".')),
      ...(pagination === undefined
        ? []
        : [
            problem(
              `${path}/pagination`,
              'mixed_modes',
              'The action says itself how its pages are read; take this out.',
            ),
          ]),
    ];
  }
  if (safeMethods.has(request.method)) return [];
  if (request.method !== 'POST')
    return unsafe(
      '/method',
      'Loading choices must change nothing; use GET, or POST with a body that searches.',
    );
  if (request.graphql && isMutation(request.graphql.query))
    return unsafe('/graphql/query', 'Loading choices must change nothing; ask with a query, not a mutation.');
  return request.graphql || request.jsonRpc || request.bodyTemplate !== undefined
    ? []
    : unsafe('/method', 'A POST without a body is no search; use GET, or add the body that searches.');
}

/** A `mutation` or `subscription` on the outermost level of a GraphQL document. */
export function isMutation(query: string): boolean {
  const bare = query.replaceAll(/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g, ' ');
  let depth = 0;
  for (const [token] of bare.matchAll(/[{}()]|[A-Za-z_]\w*/g)) {
    if (token === '{' || token === '(') depth += 1;
    else if (token === '}' || token === ')') depth -= 1;
    else if (depth === 0 && (token === 'mutation' || token === 'subscription')) return true;
  }
  return false;
}

/** `items` reads what the request gives: the output of an action, the answer of a request, the list of all pages. */
function checkItems({ request, items, pagination }: Source, path: string): Problem[] {
  const isOutput = /^output(?![A-Za-z0-9_$])/.test(items);
  const fail = (message: string) => [problem(`${path}/items`, 'wrong_value', message)];
  if (!isWrittenOut(request))
    return isOutput
      ? []
      : fail(
          'What an action gives is read as "output"; write "output", or "output.items" where the list is inside.',
        );
  if (pagination === undefined || pagination.type === 'none') return [];
  return pagination.items === items
    ? []
    : fail(
        `With pages "items" stands in "pagination" as well; write ${quote(pagination.items ?? '')} here too.`,
      );
}

/** An address needs all its parts, so people are asked for them first; a search is empty before somebody types. */
function checkAddress({ request, dependsOn = [] }: Source, path: string): Problem[] {
  if (!isWrittenOut(request)) return [];
  const read = readInAddress(request);
  const searches = read.some(({ root }) => root === 'search')
    ? [
        problem(
          `${path}/request/endpointTemplate`,
          'wrong_value',
          'Nothing is searched at first, so the address would miss a part; send "search" in the query, or give a default with ??.',
        ),
      ]
    : [];
  const missing = read
    .filter(
      ({ root, place, isFree }) =>
        root === 'input' &&
        !covers(dependsOn, place) &&
        !(isFree === true && covers(dependsOn, `path.${place}`)),
    )
    .map(({ place }) =>
      problem(
        `${path}/dependsOn`,
        'missing_key',
        `The address reads "input.${place}"; add ${quote(place)} to dependsOn, so that people are asked for it first.`,
      ),
    );
  return [...searches, ...missing];
}

const covers = (names: readonly string[], place: string): boolean =>
  names.some((known) => known === place || place.startsWith(`${known}.`));

/** What holes of an address read that are a path and nothing else, so without a default. */
function readInAddress({ endpointTemplate }: Request): { root: string; place: string; isFree?: boolean }[] {
  try {
    return parseTemplate(endpointTemplate).parts.flatMap((part) => {
      if (typeof part === 'string')
        return [...listPlaceholders(part).free].map((place) => ({ root: 'input', place, isFree: true }));
      const { expression } = part;
      if (expression.kind === 'root') return [{ root: expression.name, place: '' }];
      if (expression.kind !== 'path' || expression.base.kind !== 'root') return [];
      const place = expression.parts.map((entry) => (entry.kind === 'name' ? entry.name : '')).join('.');
      return [{ root: expression.base.name, place }];
    });
  } catch {
    return []; // Reported by the rule about templates.
  }
}

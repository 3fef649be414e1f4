/** A poll asks for something, gives one list, and its cursor says what it is compared by. */
import { askingMethods } from '../methods.ts';
import { pointer, problem, type Problem } from '../problem.ts';
import type { Connector, Poll } from '../types.ts';
import { isMutation } from './check-source-request.ts';
import { isWrittenOut, type Rule } from './list-requests.ts';

export const checkPolls: Rule = (connector) =>
  (connector.triggers ?? []).flatMap(({ poll }, index) =>
    poll ? checkPoll(connector, poll, pointer('/triggers', index, 'poll')) : [],
  );

function checkPoll(connector: Connector, poll: Poll, path: string): Problem[] {
  const { request, pagination, cursor } = poll;
  const found: Problem[] = [];
  if (!isWrittenOut(request)) {
    const action = connector.actions.find(({ key }) => key === request.action);
    if (action?.effect !== undefined && action.effect !== 'read')
      found.push(
        problem(
          `${path}/request/action`,
          'unsafe_poll',
          'A poll asks again and again and must change nothing; name an action whose effect is "read".',
        ),
      );
    if (pagination)
      found.push(
        problem(
          `${path}/pagination`,
          'mixed_modes',
          'An action brings its own pagination; take this one out.',
        ),
      );
  } else if (
    !request.method.includes('{{') &&
    !askingMethods.has(request.method) &&
    request.method !== 'OPTIONS'
  ) {
    found.push(
      problem(
        `${path}/request/method`,
        'unsafe_poll',
        'A poll asks again and again and must change nothing; use GET, or POST where a search needs it.',
      ),
    );
  }
  const isPaged = isWrittenOut(request) && pagination !== undefined && pagination.type !== 'none';
  const isMapped = isWrittenOut(request) && request.response?.map !== undefined;
  if (isPaged && !isMapped && poll.items !== pagination.items)
    found.push(
      problem(
        `${path}/items`,
        'two_lists',
        'In pages the list is where "pagination.items" says; write the same path in both.',
      ),
    );
  if (!isPaged && !/^(body|output|headers|response)\b/.test(poll.items))
    found.push(
      problem(
        `${path}/items`,
        'bad_path',
        'Say where the list is, beginning with "body", or with "output" for an action, such as "body.items".',
      ),
    );
  if (cursor?.overlapMs !== undefined && cursor.type !== 'date')
    found.push(
      problem(
        `${path}/cursor/overlapMs`,
        'unknown_key',
        'Only a cursor of the type "date" can look back; add it.',
      ),
    );
  return [...found, ...checkFetch(connector, poll, `${path}/fetch/request`)];
}

/** An item is read as often as it takes, so reading it changes nothing. */
function checkFetch(connector: Connector, { fetch }: Poll, path: string): Problem[] {
  if (!fetch) return [];
  const { request } = fetch;
  const unsafe = (at: string, message: string) => [problem(`${path}/${at}`, 'unsafe_poll', message)];
  if (!isWrittenOut(request)) {
    const action = connector.actions.find(({ key }) => key === request.action);
    return action?.effect !== undefined && action.effect !== 'read'
      ? unsafe('action', 'Reading an item must change nothing; name an action whose effect is "read".')
      : [];
  }
  if (['PUT', 'PATCH', 'DELETE'].includes(request.method))
    return unsafe(
      'method',
      'Reading an item must change nothing; use GET, or POST where the service asks for it.',
    );
  return request.graphql && isMutation(request.graphql.query)
    ? unsafe('graphql/query', 'Reading an item must change nothing; ask with a query, not a mutation.')
    : [];
}

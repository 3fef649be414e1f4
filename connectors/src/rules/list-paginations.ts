/** Every list in pages of a connector, with the request it belongs to and where it stands. */
import { pointer } from '../problem.ts';
import type { Connector, Pagination, RequestReference } from '../types.ts';

export type PlacedPagination = {
  request: RequestReference;
  pagination: Pagination | undefined;
  /** Of what has it, not its own. */
  path: string;
};

/** Those of sources and polls, whose request may be an action that brings its own. */
export function listSourcePaginations({
  optionSources = {},
  fieldSources = {},
  triggers = [],
}: Connector): PlacedPagination[] {
  const polls = triggers.flatMap(({ poll }, index) =>
    poll
      ? [{ request: poll.request, pagination: poll.pagination, path: pointer('/triggers', index, 'poll') }]
      : [],
  );
  const sources = Object.entries({ optionSources, fieldSources }).flatMap(([kind, sources]) =>
    Object.entries(sources).map(([name, { request, pagination }]) => ({
      request,
      pagination,
      path: pointer('', kind, name),
    })),
  );
  return [...sources, ...polls];
}

/** Those of actions as well. */
export function listPaginations(connector: Connector): PlacedPagination[] {
  const actions = connector.actions.map((action, index) => ({
    request: action,
    pagination: action.pagination,
    path: pointer('/actions', index),
  }));
  return [...actions, ...listSourcePaginations(connector)];
}

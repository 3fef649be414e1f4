/** Names of other parts of the document point at something, and bare paths are paths. */
import { parsePath } from '../expression/parse-path.ts';
import { askingMethods } from '../methods.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Action, Connector, RequestReference } from '../types.ts';
import { isWrittenOut, listRequests, type Rule } from './list-requests.ts';

export const checkReferences: Rule = (connector) => {
  const found: Problem[] = [];
  const action = (key: string, path: string): Action | undefined => {
    const target = connector.actions.find((candidate) => candidate.key === key);
    if (!target)
      found.push(
        problem(
          path,
          'unknown_action',
          `There is no action ${quote(key)} in this connector; add it or correct the key.`,
        ),
      );
    return target;
  };
  const reference = (request: RequestReference | undefined, path: string) => {
    if (request && !isWrittenOut(request)) action(request.action, `${path}/action`);
  };
  connector.auth.forEach((auth, index) => {
    reference(auth.test, pointer('/auth', index, 'test'));
    const target =
      auth.test && !isWrittenOut(auth.test)
        ? connector.actions.find(
            ({ key }) => auth.test && !isWrittenOut(auth.test) && key === auth.test.action,
          )
        : undefined;
    if (target && !askingMethods.has(target.method)) {
      found.push(
        problem(
          pointer('/auth', index, 'test', 'action'),
          'unsafe_test',
          'A connection test must change nothing; name a reading action.',
        ),
      );
    }
  });
  connector.actions.forEach((own, index) => {
    const path = pointer('/actions', index);
    if (own.verify) {
      const probe = action(own.verify.action, `${path}/verify/action`);
      if (probe?.effect && probe.effect !== 'read')
        found.push(
          problem(
            `${path}/verify/action`,
            'unsafe_test',
            'A probe must change nothing; name an action whose effect is "read".',
          ),
        );
    }
    if (own.inverse) action(own.inverse.action, `${path}/inverse/action`);
    if (own.deprecated?.replacedBy) action(own.deprecated.replacedBy, `${path}/deprecated/replacedBy`);
  });
  for (const { request, path } of listReferences(connector)) reference(request, path);
  for (const { value, path } of listPlacedPaths(connector)) found.push(...checkPath(value, path));
  [
    { limit: connector.defaults?.rateLimit, path: '/defaults' },
    ...connector.actions.map(({ rateLimit: limit }, index) => ({ limit, path: pointer('/actions', index) })),
  ].forEach(({ limit, path }) =>
    found.push(...checkPath(limit?.reset?.from.body, `${path}/rateLimit/reset/from/body`)),
  );
  return [...found, ...checkRequests(connector)];
};

type Placed<Value> = { path: string } & Value;

/** Requests of sources and triggers that may name an action instead. */
function listReferences(connector: Connector): Placed<{ request: RequestReference | undefined }>[] {
  const { optionSources = {}, fieldSources = {}, triggers = [], ingress } = connector;
  return [
    ...Object.entries({ optionSources, fieldSources }).flatMap(([kind, sources]) =>
      Object.entries(sources).map(([name, { request }]) => ({
        request,
        path: pointer('', kind, name, 'request'),
      })),
    ),
    ...triggers.flatMap((trigger, index) => {
      const path = pointer('/triggers', index);
      return [
        { request: trigger.poll?.request, path: `${path}/poll/request` },
        { request: trigger.poll?.fetch?.request, path: `${path}/poll/fetch/request` },
        { request: trigger.webhook?.receive.fetch?.request, path: `${path}/webhook/receive/fetch/request` },
        { request: trigger.ingress?.fetch?.request, path: `${path}/ingress/fetch/request` },
      ];
    }),
    { request: ingress?.receive.fetch?.request, path: '/ingress/receive/fetch/request' },
  ];
}

/** Bare paths of sources and triggers. */
function listPlacedPaths(connector: Connector): Placed<{ value: string | undefined }>[] {
  const { optionSources = {}, fieldSources = {}, triggers = [], ingress } = connector;
  return [
    ...Object.entries(optionSources).map(([name, { items }]) => ({
      value: items,
      path: pointer('/optionSources', name, 'items'),
    })),
    ...Object.entries(fieldSources).flatMap(([name, { items, field }]) => {
      const path = pointer('/fieldSources', name);
      return [
        { value: items, path: `${path}/items` },
        { value: field.type?.from, path: `${path}/field/type/from` },
        { value: field.required, path: `${path}/field/required` },
        { value: field.options?.items, path: `${path}/field/options/items` },
      ];
    }),
    ...triggers.flatMap(({ poll, webhook, ingress: match }, index) => {
      const path = pointer('/triggers', index);
      return [
        { value: poll?.items, path: `${path}/poll/items` },
        { value: webhook?.receive.items, path: `${path}/webhook/receive/items` },
        { value: webhook?.receive.fetch?.items, path: `${path}/webhook/receive/fetch/items` },
        { value: match?.fetch?.items, path: `${path}/ingress/fetch/items` },
        ...(['subscribe', 'unsubscribe', 'check'] as const).flatMap((name) =>
          Object.entries(webhook?.[name]?.capture ?? {}).map(([captured, value]) => ({
            value,
            path: pointer(path, 'webhook', name, 'capture', captured),
          })),
        ),
      ];
    }),
    { value: ingress?.receive.items, path: '/ingress/receive/items' },
    { value: ingress?.receive.fetch?.items, path: '/ingress/receive/fetch/items' },
  ];
}

function checkRequests(connector: Connector): Problem[] {
  return listRequests(connector).flatMap(({ request, path }) => {
    const found = checkPath(request.response?.unwrap, `${path}/response/unwrap`);
    if (request.response?.unwrap !== undefined && request.response.map !== undefined) {
      found.push(problem(`${path}/response`, 'mixed_modes', 'Use either "unwrap" or "map".'));
    }
    if (request.server !== undefined && !Object.hasOwn(connector.servers ?? {}, request.server)) {
      found.push(
        problem(
          `${path}/server`,
          'unknown_server',
          `There is no server ${quote(request.server)}; add it to servers.`,
        ),
      );
    }
    for (const [index, { from }] of (request.retry?.retryAfter ?? []).entries()) {
      found.push(...checkPath(from.body, pointer(path, 'retry', 'retryAfter', index, 'from', 'body')));
    }
    return found;
  });
}

function checkPath(path: string | undefined, at: string): Problem[] {
  if (path === undefined) return [];
  try {
    parsePath(path);
    return [];
  } catch (error) {
    return [problem(at, 'bad_path', error instanceof Error ? error.message : 'This is no path.')];
  }
}

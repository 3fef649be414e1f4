/** Lists the changes between two versions of an app, each with the bump that it asks for. */
import { pointer } from '../problem.ts';
import { connectionSchemaOf } from '../schemas/compose-schema.ts';
import type { Connector, FieldSource } from '../types.ts';
import type { Change } from './change.ts';
import { diffAction } from './diff-action.ts';
import { diffAuth } from './diff-auth.ts';
import { diffSchemas } from './diff-schemas.ts';
import { diffTrigger } from './diff-trigger.ts';
import { same } from './same.ts';

/**
 * @param older the version that is published
 * @param newer the version that shall follow
 * @returns every change that somebody could notice, in the order of the document; nothing for two equal documents
 */
export function diffConnectors(older: Connector, newer: Connector): Change[] {
  return withoutEchoes([
    ...diffHosts(older, newer),
    ...diffSchemas(connectionSchemaOf(older), connectionSchemaOf(newer), '/connectionSchema', 'in'),
    ...diffListed(older.auth, newer.auth, '/auth', 'way to sign in', (from, to, path) =>
      diffAuth(older, newer, from, to, path),
    ),
    ...diffListed(older.actions, newer.actions, '/actions', 'action', (from, to, path) =>
      diffAction(older, newer, from, to, path),
    ),
    ...diffListed(older.triggers ?? [], newer.triggers ?? [], '/triggers', 'trigger', (from, to, path) =>
      diffTrigger(older, newer, from, to, path),
    ),
    ...diffNamed(older.optionSources, newer.optionSources, '/optionSources', 'list of choices', () => []),
    ...diffNamed(older.fieldSources, newer.fieldSources, '/fieldSources', 'source of fields', diffField),
    ...diffIngress(older, newer),
    ...same(older.app, newer.app, '/app', 'patch', 'What people read about the app changed.'),
    ...same(
      older.defaults?.xmlNamespaces,
      newer.defaults?.xmlNamespaces,
      '/defaults/xmlNamespaces',
      'major',
      'Elements of XML answers are called otherwise.',
    ),
    ...same(older.defaults, newer.defaults, '/defaults', 'patch', 'The defaults of requests changed.'),
    ...same(
      older.migrations,
      newer.migrations,
      '/migrations',
      'patch',
      'How older steps are taken over changed.',
    ),
    ...same(
      older.requires,
      newer.requires,
      '/requires',
      'patch',
      'What a runner must be able to do changed.',
    ),
  ]);
}

/** A part that changed because of a change inside it that is told already needs no line of its own. */
function withoutEchoes(changes: Change[]): Change[] {
  return changes.filter(
    ({ path, bump }) => bump !== 'patch' || !changes.some((other) => other.path.startsWith(`${path}/`)),
  );
}

function diffHosts(older: Connector, newer: Connector): Change[] {
  return [
    ...same(older.baseUrl, newer.baseUrl, '/baseUrl', 'major', 'Requests go to another address.'),
    ...diffNamed(older.servers, newer.servers, '/servers', 'address', (name) => [
      {
        path: pointer('/servers', name),
        bump: 'major',
        message: `Requests to "${name}" go to another address.`,
      },
    ]),
    ...same(
      [...(older.allowedHosts ?? [])].sort(),
      [...(newer.allowedHosts ?? [])].sort(),
      '/allowedHosts',
      'major',
      'Other hosts may be called.',
    ),
  ];
}

type Keyed = { key: string };

function diffListed<Part extends Keyed>(
  older: readonly Part[],
  newer: readonly Part[],
  path: string,
  noun: string,
  diff: (from: Part, to: Part, path: string) => Change[],
): Change[] {
  const found: Change[] = [];
  older.forEach((from, index) => {
    const at = newer.findIndex(({ key }) => key === from.key);
    if (at === -1)
      found.push({
        path: pointer(path, index),
        bump: 'major',
        message: `The ${noun} "${from.key}" is gone.`,
      });
    else found.push(...diff(from, newer[at]!, pointer(path, at)));
  });
  newer.forEach((to, index) => {
    if (!older.some(({ key }) => key === to.key))
      found.push({ path: pointer(path, index), bump: 'minor', message: `The ${noun} "${to.key}" is new.` });
  });
  return found;
}

type Named<Part> = { [name: string]: Part } | undefined;

/** Parts by name. One that is gone takes a help away from people; steps that are set up keep their values. */
function diffNamed<Part>(
  older: Named<Part>,
  newer: Named<Part>,
  path: string,
  noun: string,
  diff: (name: string, from: Part, to: Part) => Change[],
): Change[] {
  const names = new Set([...Object.keys(older ?? {}), ...Object.keys(newer ?? {})]);
  const gone: Change['bump'] = path === '/servers' ? 'major' : 'minor';
  return [...names].flatMap((name): Change[] => {
    const here = pointer(path, name);
    const [from, to] = [older?.[name], newer?.[name]];
    if (from === undefined) return [{ path: here, bump: 'minor', message: `The ${noun} "${name}" is new.` }];
    if (to === undefined) return [{ path: here, bump: gone, message: `The ${noun} "${name}" is gone.` }];
    const own = same(from, to, here, 'patch', `The ${noun} "${name}" is asked for in another way.`);
    if (own.length === 0) return [];
    const more = diff(name, from, to);
    return more.length > 0 ? more : own;
  });
}

/** The key of a field is its name in steps that are set up. */
function diffField(name: string, from: FieldSource, to: FieldSource): Change[] {
  const path = pointer('/fieldSources', name, 'field', 'key');
  const message = `Fields of "${name}" have other names, so values that were filled in are lost.`;
  return same(from.field.key, to.field.key, path, 'major', message);
}

function diffIngress(older: Connector, newer: Connector): Change[] {
  const [from, to] = [older.ingress, newer.ingress];
  if (!from || !to)
    return from === to
      ? []
      : [
          {
            path: '/ingress',
            bump: to ? 'minor' : 'major',
            message: to ? 'Events can come in at one address.' : 'Events no longer come in at one address.',
          },
        ];
  const rest = ({ routeBy: _route, receive: { eventId: _id, filter: _filter, ...receive } }: typeof from) =>
    receive;
  return [
    ...same(
      from.routeBy,
      to.routeBy,
      '/ingress/routeBy',
      'major',
      'Events find their connections differently.',
    ),
    ...same(
      from.receive.eventId,
      to.receive.eventId,
      '/ingress/receive/eventId',
      'major',
      'Events are told apart differently, so old ones could fire again.',
    ),
    ...same(
      from.receive.filter,
      to.receive.filter,
      '/ingress/receive/filter',
      'major',
      'Other events are taken.',
    ),
    ...same(rest(from), rest(to), '/ingress/receive', 'patch', 'How events are received changed.'),
  ];
}

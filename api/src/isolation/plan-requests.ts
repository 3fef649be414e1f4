// From route definitions to requests: every place where an id stands, filled with an id of ours, a stranger's, or nobody's.
import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { type IdKind, type Route, isMutation } from '../define-route.ts';

export type Ids = { [kind in Exclude<IdKind, 'local'>]: string };
export type PlannedRequest = {
  method: string;
  path: string;
  body: unknown;
  headers: { [name: string]: string };
};

/** What stands in places that mean nothing outside their parent. A new name needs an entry. */
const locals: { [name: string]: string } = {
  token: `approve-${'a'.repeat(52)}`,
  version: '1.0.0',
  action: 'ping',
  auth: 'shared',
  stepId: 'first',
  name: 'greeting',
  key: 'a'.repeat(40),
  'readWorkflowVersion.version': '1',
};
/** Bodies for routes that need more than their example says; `$kind` is replaced by the id of that kind. */
export type Bodies = { [operationId: string]: unknown };

/** Ids that do not look like ids in a schema. */
const furtherPlaces: { [operationId: string]: [place: string, kind: Exclude<IdKind, 'local'>][] } = {
  previewUpgrade: [['body.app', 'app']],
  createConnection: [['body.app', 'app']],
  startOauth: [['body.app', 'app']],
};

/** Every place of a route where an id stands, the tenant first. */
export const placesOf = (route: Route): [place: string, kind: Exclude<IdKind, 'local'>][] => [
  ...(route.fullPath.includes('{tenantId}') ? [['params.tenantId', 'tenant'] as [string, 'tenant']] : []),
  ...Object.entries(route.ids ?? {}).filter(
    (pair): pair is [string, Exclude<IdKind, 'local'>] => pair[1] !== 'local',
  ),
  ...(furtherPlaces[route.operationId] ?? []),
];

/** Ids that belong to nobody, in the form of each kind. */
export const randomIds = (): Ids => ({
  tenant: uuidv7(),
  app: `app-${randomBytes(6).toString('hex')}`,
  connection: uuidv7(),
  workflow: uuidv7(),
  run: uuidv7(),
  user: uuidv7(),
  member: uuidv7(),
  apiKey: uuidv7(),
  invitation: uuidv7(),
  notification: uuidv7(),
  approval: uuidv7(),
  variable: `var_${randomBytes(6).toString('hex')}`,
  file: uuidv7(),
});

function put(body: unknown, path: string[], value: string): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const object = typeof body === 'object' && body !== null ? body : {};
  return { ...object, [head]: put((object as { [name: string]: unknown })[head], rest, value) };
}

const fill = (value: unknown, ids: Ids): unknown =>
  JSON.parse(
    JSON.stringify(value ?? {}).replaceAll(/\$(\w+)/g, (whole, kind: string) =>
      Object.hasOwn(ids, kind) ? ids[kind as keyof Ids] : whole,
    ),
  );

/**
 * A request of a route. `own` fills every place, except the one in `replace`.
 * @throws when a local place has no value: the matrix must know every route
 */
export function planRequest(
  route: Route,
  own: Ids,
  bodies: Bodies,
  replace?: { place: string; id: string },
): PlannedRequest {
  const valueAt = (place: string, kind: IdKind): string => {
    if (replace?.place === place) return replace.id;
    if (kind !== 'local') return own[kind];
    const name = place.split('.').at(-1)!;
    const local = locals[`${route.operationId}.${name}`] ?? locals[name];
    if (local === undefined)
      throw new Error(`The isolation matrix has no value for ${place} of ${route.operationId}`);
    return local;
  };
  const path = route.fullPath.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const place = `params.${name}`;
    return encodeURIComponent(valueAt(place, name === 'tenantId' ? 'tenant' : route.ids![place]!));
  });
  const query = new URLSearchParams(route.example?.query);
  let body = isMutation(route.method)
    ? fill(bodies[route.operationId] ?? route.example?.body, own)
    : undefined;
  for (const [place, kind] of placesOf(route)) {
    const [where, ...at] = place.split('.');
    if (where === 'query' && (replace?.place === place || query.has(at[0]!)))
      query.set(at[0]!, valueAt(place, kind));
    // An id that may be left out is put in only where it is what we test, or the example has one.
    const inExample = at.reduce<unknown>((inner, name) => (inner as never)?.[name], body) !== undefined;
    if (where === 'body' && (replace?.place === place || inExample))
      body = put(body, at, valueAt(place, kind));
  }
  return {
    method: route.method === 'any' ? 'POST' : route.method.toUpperCase(),
    path: query.size > 0 ? `${path}?${query}` : path,
    body,
    headers: route.ifMatch ? { 'if-match': '*' } : {},
  };
}

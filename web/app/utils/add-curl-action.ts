import type { Connector } from '../types/api.ts';

/**
 * A connector with the actions of another one added, as an imported cURL line gives one: keys stay unique, and an address
 * that is not the connector's own becomes a further server of it.
 */
export function addActions(before: Connector, made: Connector): Connector {
  const taken = new Set(before.actions.map(({ key }) => key));
  const base = before.baseUrl ?? '';
  const origin = made.baseUrl ?? '';
  const isOwn = base === origin || base.startsWith(`${origin}/`);
  const below = isOwn ? base.slice(origin.length).replace(/\/$/, '') : '';
  const known = Object.entries(before.servers ?? {}).find(([, url]) => url === origin)?.[0];
  const server = known ?? freeKey('server', new Set(Object.keys(before.servers ?? {})));
  const actions = made.actions.map((action) => {
    const key = freeKey(action.key, taken);
    taken.add(key);
    if (!isOwn) return { ...action, key, server };
    const path = action.endpointTemplate;
    // The base address has a path of its own, which the line wrote out.
    if (below === '' || path === below || path.startsWith(`${below}/`))
      return { ...action, key, endpointTemplate: path.slice(below.length) || '/' };
    return { ...action, key, endpointTemplate: `${origin}${path}` };
  });
  const host = URL.parse(origin)?.host;
  return {
    ...before,
    ...(isOwn ? {} : { servers: { ...before.servers, [server]: origin } }),
    ...(isOwn || !host || !before.allowedHosts || before.allowedHosts.includes(host)
      ? {}
      : { allowedHosts: [...before.allowedHosts, host] }),
    actions: [...before.actions, ...actions],
  };
}

function freeKey(wanted: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const key = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(key)) return key;
  }
}

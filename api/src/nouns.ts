// Every noun of the API. A noun's routes.ts exports `routes(services): Route[]`; add the import and a line here.
// Order matters only where two paths could take the same address: the first one wins.
import { routes as apiKeys } from './api-keys/routes.ts';
import { routes as apps } from './apps/routes.ts';
import { routes as approvals } from './approvals/routes.ts';
import { routes as audit } from './audit/routes.ts';
import { routes as auth } from './auth/routes.ts';
import { routes as calendar } from './calendar/routes.ts';
import { routes as connections } from './connections/routes.ts';
import type { Route } from './define-route.ts';
import { docsRoutes } from './docs/routes.ts';
import { routes as files } from './files/routes.ts';
import { routes as health } from './health/routes.ts';
import { routes as invitations } from './invitations/routes.ts';
import { routes as me } from './me/routes.ts';
import { routes as members } from './members/routes.ts';
import type { Services } from './services.ts';
import { routes as workflows } from './workflows/routes.ts';
import { routes as runs } from './runs/routes.ts';
import { routes as hooks } from './hooks/routes.ts';
import { routes as usage } from './usage/routes.ts';
import { routes as notifications } from './notifications/routes.ts';
import { routes as events } from './events/routes.ts';
import { routes as expressions } from './expressions/routes.ts';
import { routes as variables } from './variables/routes.ts';

export type Noun = (services: Services) => Route[];

export const nouns: readonly Noun[] = [
  health,
  auth,
  me,
  members,
  invitations,
  apiKeys,
  audit,
  apps,
  connections,
  files,
  workflows,
  runs,
  approvals,
  hooks,
  usage,
  notifications,
  events,
  expressions,
  variables,
  calendar,
];

/** All routes of the product: what is mounted, documented, and walked by the matrix and the fuzz test. */
export function collectRoutes(services: Services): Route[] {
  const routes: Route[] = nouns.flatMap((noun) => noun(services));
  routes.push(...docsRoutes(services, () => routes));
  const seen = new Set<string>();
  for (const { operationId, method, fullPath } of routes)
    for (const key of [operationId, `${method} ${fullPath}`]) {
      if (seen.has(key)) throw new TypeError(`Two routes are called ${key}`);
      seen.add(key);
    }
  return routes;
}

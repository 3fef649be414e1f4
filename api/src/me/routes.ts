// Who is signed in.
import { z } from 'zod';
import { findPerson, listWorkspaces, userShape, workspaceShape } from '../auth/people.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { notSignedIn } from '../fail.ts';
import type { Services } from '../services.ts';

export function routes(services: Services): Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/me',
        operationId: 'getMe',
        summary: 'The person, the current workspace and all of their workspaces',
        access: 'signedIn',
        responses: {
          200: {
            description: 'For an API key: the person who made it, and its own workspace alone.',
            schema: z.object({ user: userShape, tenant: workspaceShape, tenants: z.array(workspaceShape) }),
          },
        },
      },
      async ({ context }) => {
        const { actor } = context;
        const user = await findPerson(services, actor.userId);
        const all = await listWorkspaces(services, actor.userId);
        const current = all.find((one) => one.id === actor.tenantId);
        if (!user || !current) throw notSignedIn();
        const tenant = { ...current, role: actor.role };
        return { status: 200, body: { user, tenant, tenants: actor.kind === 'key' ? [tenant] : all } };
      },
    ),
  ];
}

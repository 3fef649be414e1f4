// The one address of an app, for services that are told it once and call it for everything.
import { ensureIngress } from '@weftline/runner/triggers/app-ingress';
import { z } from 'zod';
import { findUsableConnector } from '../apps/find-connector.ts';
import { appParams } from '../apps/schema.ts';
import { defineRoute, type Route } from '../define-route.ts';
import { notFound } from '../fail.ts';

export const ingressRoutes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: '/tenants/{tenantId}/apps/{app}/ingress',
      operationId: 'readIngress',
      summary: 'The one address of an app in this workspace',
      description:
        'Register it at the service. It is made at the first reading and stays the same. 404 for an app that has none (its connector has no `ingress`).',
      access: 'connections.use',
      params: appParams,
      ids: { 'params.app': 'app' },
      responses: {
        200: {
          description:
            'The address, and the setting of a connection that says which events are its own; without one, all that its credentials bear out.',
          schema: z.object({ url: z.string(), routedBy: z.string().optional() }),
        },
      },
    },
    async ({ context, params }) => {
      const { services, tenantId } = context;
      const { connector } = await findUsableConnector(services, tenantId, params.app);
      if (!connector.ingress) throw notFound('address');
      const key = await context.read((tx) => ensureIngress(tx, tenantId, params.app));
      return {
        status: 200,
        body: {
          url: `${services.env.PUBLIC_URL}/hooks/${key}`,
          ...(connector.ingress.routeBy ? { routedBy: connector.ingress.routeBy.connection } : {}),
        },
      };
    },
  ),
];

// The documentation of the API, for programs and for people.
import { type Route, defineRoute } from '../define-route.ts';
import type { Services } from '../services.ts';
import { describeRoutes } from './describe-routes.ts';
import { printPage } from './print-page.ts';

/** Input: every other route; they are read at the first call. */
export function docsRoutes({ env }: Services, all: () => readonly Route[]): Route[] {
  let document: unknown;
  let page: string | undefined;
  return [
    defineRoute(
      {
        method: 'get',
        path: '/openapi.json',
        base: 'root',
        operationId: 'getOpenApi',
        summary: 'This description, as OpenAPI 3.1',
        access: 'public',
        documented: false,
        responses: { 200: { description: 'The document.' } },
      },
      async () => ({ status: 200, body: (document ??= describeRoutes(all(), env.PUBLIC_URL)) }),
    ),
    defineRoute(
      {
        method: 'get',
        path: '/docs',
        base: 'root',
        operationId: 'getDocs',
        summary: 'The documentation as a page',
        access: 'public',
        documented: false,
        responses: { 200: { description: 'A page.', contentType: 'text/html' } },
      },
      async () => ({
        status: 200,
        body: (page ??= printPage(all())),
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy':
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        },
      }),
    ),
  ];
}

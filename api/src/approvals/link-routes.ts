// The link of an approval: one address to open, and the same to press a button of its page.
import { z } from 'zod';
import { type Route, defineRoute } from '../define-route.ts';
import { readBody } from '../middleware/read-body.ts';
import { decideByLink, openLink } from './decide-by-link.ts';

const path = '/approve/{token}';
const params = z.object({ token: z.string().max(200) });
const ids = { 'params.token': 'local' } as const;
const html = { contentType: 'text/html', schema: z.string() };
const closed = { ...html, description: 'A page that says that the link is not open, whatever the reason.' };
/** The two fields of the form are far smaller. */
const formBytes = 8_192;

export const linkRoutes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      base: 'root',
      path,
      operationId: 'openApprovalLink',
      summary: 'The page of an approval’s link',
      description: 'Opening it decides nothing.',
      access: 'public',
      raw: true,
      params,
      ids,
      responses: { 200: { ...html, description: 'A page with two buttons.' }, 404: closed },
    },
    ({ context, params }) => openLink(context, params.token),
  ),
  defineRoute(
    {
      method: 'post',
      base: 'root',
      path,
      operationId: 'decideApprovalByLink',
      summary: 'Approve or reject on the page of a link',
      description:
        'Takes the form of the page: `decision` and the `value` that the page gave for it. Approvals with named roles or four eyes are decided by signed-in people only.',
      access: 'public',
      raw: true,
      rawBody: {
        contentType: 'application/x-www-form-urlencoded',
        description: '`decision` (`approve` or `reject`) and `value`.',
      },
      params,
      ids,
      responses: {
        200: { ...html, description: 'Decided, or a page that asks to sign in.' },
        400: { ...html, description: 'The page was too old; this one has fresh buttons.' },
        404: closed,
      },
    },
    async ({ context, params }) => {
      const body = await readBody(context.request, formBytes);
      return decideByLink(context, params.token, new URLSearchParams(body.toString('utf8')));
    },
  ),
];

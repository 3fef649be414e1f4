// The ways in and out.
import { z } from 'zod';
import { type Route, defineRoute } from '../define-route.ts';
import { notAllowed, notFound } from '../fail.ts';
import { email, id, name, newPassword } from '../schema.ts';
import type { Services } from '../services.ts';
import { acceptInvitation } from './accept-invitation.ts';
import { clearedCookies, readCookie, refreshCookie } from './cookies.ts';
import { logIn } from './log-in.ts';
import { findPerson, listWorkspaces } from './people.ts';
import { presentSession, sessionShape, startSession } from './present-session.ts';
import { refresh } from './refresh.ts';
import { endFamily, endFamilyOf } from './refresh-tokens.ts';
import { register } from './register.ts';
import { createLoginThrottle } from './throttle-login.ts';

const exampleSession = {
  user: { id: '01934b7e-7c11-7f3a-9a53-3d9f1c1f0a01', email: 'ada@example.com', name: 'Ada' },
  tenant: { id: '01934b7e-7c11-7f3a-9a53-3d9f1c1f0a02', name: 'Analytical', plan: 'free', role: 'owner' },
  accessToken: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9…',
  expiresIn: 600,
};
const session = (description: string) => ({ description, schema: sessionShape, example: exampleSession });

export function routes(services: Services): Route[] {
  const throttle = createLoginThrottle(services);
  return [
    defineRoute(
      {
        method: 'post',
        path: '/auth/register',
        operationId: 'register',
        summary: 'Make an account and a workspace',
        access: 'public',
        body: z.strictObject({ email, password: newPassword, name, tenantName: name }),
        example: {
          body: {
            email: 'ada@example.com',
            password: 'correct horse battery',
            name: 'Ada',
            tenantName: 'Analytical',
          },
        },
        responses: { 201: session('The account, its workspace and a session; cookies are set as well.') },
        errors: ['conflict'],
      },
      async ({ body, context }) => {
        const { user, tenant } = await register(services, body, context.requestId);
        return startSession(services, 201, user, tenant);
      },
    ),
    defineRoute(
      {
        method: 'post',
        path: '/auth/login',
        operationId: 'login',
        summary: 'Sign in',
        access: 'public',
        idempotent: false,
        audited: false,
        body: z.strictObject({ email, password: z.string().min(1).max(1_024), tenantId: id.optional() }),
        ids: { 'body.tenantId': 'tenant' },
        example: { body: { email: 'ada@example.com', password: 'correct horse battery' } },
        responses: { 200: session('A session in the oldest workspace, or in the named one.') },
        errors: ['not_signed_in', 'too_many_requests', 'not_allowed'],
      },
      async ({ body, context }) => {
        const { user, tenant } = await logIn(services, throttle, { ...body, ip: context.ip });
        return startSession(services, 200, user, tenant);
      },
    ),
    defineRoute(
      {
        method: 'post',
        path: '/auth/refresh',
        operationId: 'refreshSession',
        summary: 'Renew a session',
        description:
          'Takes the refresh token from its cookie (or from the body) and uses it up. Shown again within 10 seconds it gives the same successor; later it ends the whole session.',
        access: 'public',
        idempotent: false,
        audited: false,
        body: z.strictObject({ refreshToken: z.string().max(200).optional() }),
        example: { body: {} },
        responses: { 200: session('A new access token; the cookies are renewed.') },
        errors: ['not_signed_in'],
      },
      async ({ body, context }) => {
        const shown = body.refreshToken ?? readCookie(context.request, refreshCookie);
        return presentSession(services, 200, await refresh(services, shown, context.requestId));
      },
    ),
    defineRoute(
      {
        method: 'post',
        path: '/auth/logout',
        operationId: 'logout',
        summary: 'Sign out',
        description: 'Ends the session of the cookie or of the access token. Also when there is none.',
        access: 'public',
        idempotent: false,
        audited: false,
        responses: { 204: { description: 'Signed out; the cookies are cleared.' } },
      },
      async ({ context }) => {
        const shown = readCookie(context.request, refreshCookie);
        if (shown) await endFamilyOf(services, shown);
        if (context.someone?.familyId) await endFamily(services, context.someone.familyId);
        return { status: 204, cookies: clearedCookies(services.env) };
      },
    ),
    defineRoute(
      {
        method: 'post',
        path: '/auth/switch',
        operationId: 'switchWorkspace',
        summary: 'Change to another workspace',
        access: 'signedIn',
        idempotent: false,
        audited: false,
        body: z.strictObject({ tenantId: id }),
        ids: { 'body.tenantId': 'tenant' },
        example: { body: { tenantId: exampleSession.tenant.id } },
        responses: { 200: session('A session in the other workspace; the former one has ended.') },
        errors: ['not_found', 'not_allowed'],
      },
      async ({ body, context }) => {
        const { actor } = context;
        if (actor.kind === 'key') throw notAllowed('An API key belongs to one workspace and cannot change.');
        const tenant = (await listWorkspaces(services, actor.userId)).find((one) => one.id === body.tenantId);
        const user = await findPerson(services, actor.userId);
        if (!tenant || !user) throw notFound('workspace');
        const answer = await startSession(services, 200, user, tenant);
        if (actor.familyId) await endFamily(services, actor.familyId);
        return answer;
      },
    ),
    defineRoute(
      {
        method: 'post',
        path: '/auth/accept-invitation',
        operationId: 'acceptInvitation',
        summary: 'Join a workspace by a one-time link',
        access: 'public',
        idempotent: false,
        body: z.strictObject({
          token: z.string().min(1).max(200),
          password: z.string().min(1).max(256).optional(),
          name: name.optional(),
        }),
        example: { body: { token: 'kq3…', password: 'correct horse battery', name: 'Grace' } },
        responses: { 201: session('The membership and a session in the workspace.') },
        errors: ['not_found', 'not_signed_in', 'too_many_requests'],
      },
      async ({ body, context }) => {
        const { user, tenant } = await acceptInvitation(context, throttle, body);
        return startSession(services, 201, user, tenant);
      },
    ),
  ];
}

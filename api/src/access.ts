// Who may do what: one table. A role may do what its row lists; the role is read from its row at each request.
import { CodedError } from '@weftline/runner/platform/errors';

export const roles = ['owner', 'admin', 'builder', 'author', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** An act, as routes name it in `access`. */
export const acts = [
  'workspace.read', // everything that can be looked at: apps, connections (redacted), workflows, runs, usage
  'apps.change', // drafts, publishing, trying actions
  'connections.use', // press Test, try an action with a connection
  'connections.change',
  'workflows.change', // create, edit, publish, enable, delete
  'runs.start', // start, replay, cancel; decide approvals
  'variables.change',
  'members.read',
  'members.change', // invite, change roles, remove
  'keys.change',
  'audit.read',
  'workspace.change',
] as const;
export type Act = (typeof acts)[number];

const viewer: Act[] = ['workspace.read', 'members.read'];
const author: Act[] = [...viewer, 'apps.change', 'connections.use', 'connections.change'];
const builder: Act[] = [...author, 'workflows.change', 'runs.start', 'variables.change'];
const admin: Act[] = [...builder, 'members.change', 'keys.change', 'audit.read', 'workspace.change'];

export const accessTable: { readonly [role in Role]: ReadonlySet<Act> } = Object.freeze({
  owner: new Set(admin),
  admin: new Set(admin),
  builder: new Set(builder),
  author: new Set(author),
  viewer: new Set(viewer),
});

/** What a route asks of its caller: nothing, a sign-in, or a role that may do the act in the tenant of the path. */
export type Access = 'public' | 'signedIn' | Act;

export const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text);

/** True when the role may do the act. */
export const mayDo = (role: Role, act: Act): boolean => accessTable[role].has(act);

/** Throws 403 `not_allowed` unless the role may do the act. */
export function assertMayDo(role: Role, act: Act): void {
  if (mayDo(role, act)) return;
  const able = roles.filter((one) => mayDo(one, act)).join(' or ');
  throw new CodedError({
    code: 'not_allowed',
    message: `Your role (${role}) may not do this. It takes ${able}.`,
    details: { role, act },
  });
}

/** Roles that somebody with this role may give, change or take away: nobody raises anybody above themselves. */
export const grantableRoles = (role: Role): readonly Role[] =>
  mayDo(role, 'members.change') ? (role === 'owner' ? roles : roles.filter((one) => one !== 'owner')) : [];

/** The weaker of two roles: an API key never does more than the person who made it may do now. */
export const lowerRole = (left: Role, right: Role): Role =>
  roles.indexOf(left) > roles.indexOf(right) ? left : right;

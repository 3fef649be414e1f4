/** Every request that a connector can make, with where it stands and what it belongs to. */
import { pointer, type Problem } from '../problem.ts';
import type { Action, Auth, Connector, Request, RequestReference, RequestStep, Trigger } from '../types.ts';

export type PlacedRequest = {
  request: Request;
  path: string;
  action?: Action;
  /** For a request that an action makes before or after its own: that action, and the steps made before it. */
  owner?: Action;
  earlier?: RequestStep[];
  isAfter?: boolean;
  /** The state of a job can be read as well. */
  isAfterJob?: boolean;
  auth?: Auth;
  trigger?: Trigger;
  /** A step of a login, which may read credentials. */
  isLogin?: boolean;
};

/** A rule reads a connector whose shape is right and lists what is wrong with it. */
export type Rule = (connector: Connector) => Problem[];

/** True for a request that is written out, false for `{ action: key }`. */
export function isWrittenOut(reference: RequestReference): reference is Request {
  return !('action' in reference);
}

/** Actions, addresses of their further pages, connection tests that are written out, polls that are written out. */
export function listRequests(connector: Connector): PlacedRequest[] {
  const found: PlacedRequest[] = connector.actions.map((action, index) => ({
    request: action,
    action,
    path: pointer('/actions', index),
  }));
  connector.actions.forEach(({ method, server, pagination }, index) => {
    const endpointTemplate = pagination?.send?.endpointTemplate;
    if (endpointTemplate !== undefined)
      found.push({
        request: { method, endpointTemplate, ...(server === undefined ? {} : { server }) },
        path: pointer('/actions', index, 'pagination', 'send'),
      });
  });
  connector.actions.forEach((owner, index) => {
    const { steps = [], after = [] } = owner;
    for (const [name, list] of [
      ['steps', steps],
      ['after', after],
    ] as const)
      list.forEach((request, at) =>
        found.push({
          request,
          owner,
          earlier: name === 'steps' ? steps.slice(0, at) : [...steps, ...after.slice(0, at)],
          isAfter: name === 'after',
          isAfterJob: name === 'after' && owner.asyncJob !== undefined,
          path: pointer('/actions', index, name, at),
        }),
      );
    const { status, result } = owner.asyncJob ?? {};
    const job = { owner, earlier: steps, isAfter: true };
    const path = pointer('/actions', index, 'asyncJob');
    if (status) found.push({ request: status, ...job, path: `${path}/status` });
    if (result) found.push({ request: result, ...job, isAfterJob: true, path: `${path}/result` });
  });
  connector.auth.forEach((auth, index) => {
    if (auth.test && isWrittenOut(auth.test))
      found.push({ request: auth.test, auth, path: pointer('/auth', index, 'test') });
    for (const [at, request] of (auth.session?.login ?? []).entries())
      found.push({ request, auth, isLogin: true, path: pointer('/auth', index, 'session', 'login', at) });
    for (const [at, { request }] of (auth.capture ?? []).entries())
      if (request && isWrittenOut(request))
        found.push({ request, auth, path: pointer('/auth', index, 'capture', at, 'request') });
  });
  (connector.triggers ?? []).forEach((trigger, index) => {
    const { request } = trigger.poll;
    if (isWrittenOut(request))
      found.push({ request, trigger, path: pointer('/triggers', index, 'poll', 'request') });
  });
  return found;
}

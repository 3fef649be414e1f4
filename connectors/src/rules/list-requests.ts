/** Every request that a connector can make, with where it stands and what it belongs to. */
import { pointer, type Problem } from '../problem.ts';
import type {
  Action,
  Auth,
  Connector,
  Pagination,
  Receive,
  Request,
  RequestReference,
  RequestStep,
  Trigger,
} from '../types.ts';

/** What the requests of a session are made for. */
export const sessionPhases = ['login', 'refresh', 'logout'] as const;
export type SessionPhase = (typeof sessionPhases)[number];

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
  /** Of a session: a step of what, which may read credentials. */
  login?: SessionPhase;
  /** A place of its address that its pages fill. */
  pagePlace?: string;
  /** What it may read, where that is no action, sign-in or poll. */
  roots?: string[];
};

/** What can be read of a call that comes in. */
export const callRoots = ['method', 'url', 'query', 'headers', 'body', 'rawBody'];

const plain = ['input', 'connection', 'run', 'now'];

/** A rule reads a connector whose shape is right and lists what is wrong with it. */
export type Rule = (connector: Connector) => Problem[];

/** True for a request that is written out, false for `{ action: key }`. */
export function isWrittenOut(reference: RequestReference): reference is Request {
  return !('action' in reference);
}

/** Actions with their steps and further pages, tests, captures, sources of choices, and what triggers ask and receive. */
export function listRequests(connector: Connector): PlacedRequest[] {
  const found: PlacedRequest[] = connector.actions.map((action, index) => ({
    request: action,
    action,
    ...pagePlaceOf(action.pagination),
    path: pointer('/actions', index),
  }));
  connector.actions.forEach(({ method, server, pagination }, index) => {
    const endpointTemplate = pagination?.send?.endpointTemplate;
    if (endpointTemplate !== undefined)
      found.push({
        request: { method, endpointTemplate, ...(server === undefined ? {} : { server }) },
        ...pagePlaceOf(pagination),
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
    for (const phase of sessionPhases)
      for (const [at, request] of (auth.session?.[phase] ?? []).entries())
        found.push({ request, auth, login: phase, path: pointer('/auth', index, 'session', phase, at) });
    for (const [at, { request }] of (auth.capture ?? []).entries())
      if (request && isWrittenOut(request))
        found.push({ request, auth, path: pointer('/auth', index, 'capture', at, 'request') });
  });
  found.push(...listSources(connector));
  (connector.triggers ?? []).forEach((trigger, index) =>
    found.push(...listTrigger(trigger, pointer('/triggers', index))),
  );
  if (connector.ingress) found.push(...listReceive(connector.ingress.receive, '/ingress/receive'));
  return found;
}

const pagePlaceOf = (pagination: Pagination | undefined): { pagePlace?: string } =>
  pagination?.send?.in === 'path' ? { pagePlace: pagination.send.name } : {};

function listSources({ optionSources = {}, fieldSources = {} }: Connector): PlacedRequest[] {
  return Object.entries({ optionSources, fieldSources }).flatMap(([kind, sources]) =>
    Object.entries(sources).flatMap(([name, { request, pagination }]) => {
      if (!isWrittenOut(request)) return [];
      const roots = [...plain, 'search'];
      const { method, server } = request;
      const endpointTemplate = pagination?.send?.endpointTemplate;
      const pages = {
        method,
        endpointTemplate: endpointTemplate ?? '',
        ...(server === undefined ? {} : { server }),
      };
      return [
        { request, path: pointer('', kind, name, 'request'), roots, ...pagePlaceOf(pagination) },
        ...(endpointTemplate === undefined
          ? []
          : [
              {
                request: pages,
                path: pointer('', kind, name, 'pagination', 'send'),
                roots,
                ...pagePlaceOf(pagination),
              },
            ]),
      ];
    }),
  );
}

function listTrigger(trigger: Trigger, path: string): PlacedRequest[] {
  const { poll, webhook, ingress } = trigger;
  const found: PlacedRequest[] = [];
  if (poll && isWrittenOut(poll.request)) {
    const { request, pagination } = poll;
    const place = pagePlaceOf(pagination);
    found.push({ request, trigger, ...place, path: `${path}/poll/request` });
    const endpointTemplate = pagination?.send?.endpointTemplate;
    const { method, server } = request;
    if (endpointTemplate !== undefined)
      found.push({
        request: { method, endpointTemplate, ...(server === undefined ? {} : { server }) },
        trigger,
        ...place,
        path: `${path}/poll/pagination/send`,
      });
  }
  if (poll?.fetch && isWrittenOut(poll.fetch.request))
    found.push({
      request: poll.fetch.request,
      trigger,
      path: `${path}/poll/fetch/request`,
      roots: [...plain, 'cursor', 'item', 'index'],
    });
  const about = [...plain, 'webhook', 'subscription', 'stored'];
  for (const name of ['subscribe', 'unsubscribe', 'check'] as const)
    if (webhook?.[name])
      found.push({ request: webhook[name], trigger, path: `${path}/webhook/${name}`, roots: about });
  if (webhook?.renew)
    found.push({
      request: webhook.renew.request,
      trigger,
      path: `${path}/webhook/renew/request`,
      roots: about,
    });
  if (webhook) found.push(...listReceive(webhook.receive, `${path}/webhook/receive`, trigger));
  if (ingress?.fetch && isWrittenOut(ingress.fetch.request))
    found.push({
      request: ingress.fetch.request,
      trigger,
      path: `${path}/ingress/fetch/request`,
      roots: [...plain, ...callRoots, 'item', 'index'],
    });
  return found;
}

function listReceive(receive: Receive, path: string, trigger?: Trigger): PlacedRequest[] {
  const roots = [...plain, ...callRoots];
  const own = trigger ? { trigger } : {};
  const found: PlacedRequest[] = (receive.handshake ?? []).flatMap(({ confirm }, index) =>
    confirm ? [{ request: confirm, ...own, path: pointer(path, 'handshake', index, 'confirm'), roots }] : [],
  );
  if (receive.fetch && isWrittenOut(receive.fetch.request))
    found.push({
      request: receive.fetch.request,
      ...own,
      path: `${path}/fetch/request`,
      roots: [...roots, 'subscription', 'item', 'index'],
    });
  return found;
}

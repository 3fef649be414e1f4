import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

// Answers are read as they come; a test says what it expects of them.
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;

export type Workspace = {
  tenantId: string;
  accessToken: string;
  /** Calls a route below /tenants/{tenantId}; throws with the answer when it is not a 2xx. */
  call(method: string, path: string, body?: unknown): Promise<Body>;
  /** Creates, publishes and enables a workflow; answers its id and the address of its hook. */
  goLive(definition: object): Promise<{ id: string; hookUrl: string }>;
  /** Waits until a run has ended and answers it. */
  waitForRun(runId: string): Promise<Body>;
};

const ended = ['succeeded', 'failed', 'cancelled'];
const longestRunMs = 60_000;

/** Registers a new person with a new workspace at a running product. */
export async function signUp(url: string): Promise<Workspace> {
  const mark = randomUUID();
  const { tenant, accessToken } = await send(url, 'POST', '/api/v1/auth/register', undefined, {
    email: `${mark}@example.com`,
    password: `a long passphrase ${mark}`,
    name: 'Somebody',
    tenantName: 'Somewhere',
  });
  const home = `/api/v1/tenants/${tenant.id}`;
  const call: Workspace['call'] = (method, path, body) => send(url, method, home + path, accessToken, body);
  return {
    tenantId: tenant.id,
    accessToken,
    call,
    async goLive(definition) {
      const { id } = await call('POST', '/workflows', { name: 'Test', definition });
      await call('POST', `/workflows/${id}/publish`, {});
      await call('POST', `/workflows/${id}/enable`, {});
      const { trigger } = await call('GET', `/workflows/${id}`);
      // PUBLIC_URL may name another host; the hook is called where the product really listens.
      return { id, hookUrl: new URL(new URL(trigger.hookUrl, url).pathname, url).href };
    },
    async waitForRun(runId) {
      for (const until = Date.now() + longestRunMs; ;) {
        const run = await call('GET', `/runs/${runId}`);
        if (ended.includes(run.status)) return run;
        if (Date.now() > until) throw new Error(`Run ${runId} has not ended: ${JSON.stringify(run)}`);
        await wait(50);
      }
    },
  };
}

/** One call with JSON; throws with the answer when it is not a 2xx. */
export async function send(
  url: string,
  method: string,
  path: string,
  token?: string,
  body?: unknown,
): Promise<Body> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

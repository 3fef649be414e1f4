// What a script gets from `import http from 'k6/http'`.
import type { HttpAnswer } from './messages.ts';
import { addSample, callAndWait } from './thread-state.ts';

type Body = string | Record<string, unknown> | null | undefined;
type Params = { headers?: Record<string, string>; tags?: Record<string, string>; timeout?: string | number };
type BatchItem =
  | string
  | [method: string, url: string, body?: Body, params?: Params]
  | { method: string; url: string; body?: Body; params?: Params };

const defaultTimeoutMs = 60_000;

/** One call; an object as body is sent as a form, as in k6. Never throws: no answer has status 0. */
export function request(method: string, url: string, body?: Body, params: Params = {}): Response {
  const headers = { ...params.headers };
  const isForm = typeof body === 'object' && body !== null;
  if (isForm && !Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
  }
  const text = isForm
    ? new URLSearchParams(
        Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]),
      ).toString()
    : (body ?? null);
  const address = String(url);
  const answer = callAndWait({
    method: method.toUpperCase(),
    url: address,
    headers,
    body: text,
    timeoutMs: readTimeout(params.timeout),
  });
  const tags = { method: method.toUpperCase(), status: String(answer.status), name: address, ...params.tags };
  addSample('http_reqs', 'counter', 1, tags);
  addSample('http_req_duration', 'trend', answer.durationMs, tags);
  addSample('http_req_waiting', 'trend', answer.waitingMs, tags);
  addSample('http_req_failed', 'rate', Number(answer.status < 200 || answer.status >= 400), tags);
  addSample('data_sent', 'counter', text?.length ?? 0);
  addSample('data_received', 'counter', answer.body.length);
  return new Response(address, answer);
}

class Response {
  readonly url: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly error: string;
  readonly timings: { duration: number; waiting: number };

  constructor(url: string, answer: HttpAnswer) {
    this.url = url;
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = answer.body;
    this.error = answer.error;
    this.timings = { duration: answer.durationMs, waiting: answer.waitingMs };
  }

  /** The body as JSON, or what a path like `tenant.id` or `data.0.name` points to in it. */
  json(path?: string): unknown {
    const whole: unknown = JSON.parse(this.body);
    const keys = path === undefined ? [] : path.split('.');
    return keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], whole);
  }
}

function readTimeout(timeout: string | number | undefined): number {
  if (timeout === undefined) return defaultTimeoutMs;
  if (typeof timeout === 'number') return timeout;
  const [, amount, unit] = /^([\d.]+)(ms|s|m)?$/.exec(timeout) ?? [];
  const scale = { ms: 1, s: 1000, m: 60_000 }[unit ?? 'ms'] ?? 1;
  return amount === undefined ? defaultTimeoutMs : Number(amount) * scale;
}

export const get = (url: string, params?: Params): Response => request('GET', url, null, params);
export const head = (url: string, params?: Params): Response => request('HEAD', url, null, params);
export const post = (url: string, body?: Body, params?: Params): Response =>
  request('POST', url, body, params);
export const put = (url: string, body?: Body, params?: Params): Response => request('PUT', url, body, params);
export const patch = (url: string, body?: Body, params?: Params): Response =>
  request('PATCH', url, body, params);
export const del = (url: string, body?: Body, params?: Params): Response =>
  request('DELETE', url, body, params);

/** Several calls. k6 makes them side by side; here one follows the other, which loads the server less. */
export function batch(items: BatchItem[]): Response[] {
  return items.map((item) => {
    if (typeof item === 'string') return get(item);
    if (Array.isArray(item)) return request(...item);
    return request(item.method, item.url, item.body, item.params);
  });
}

export default { request, get, head, post, put, patch, del, batch };

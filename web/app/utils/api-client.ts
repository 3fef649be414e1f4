/** One small client for the API: JSON in and out, cookies, one refresh after a 401, errors as `ApiError`. */
import type { Problem } from '../types/api.ts';
import type { FileReference } from './file-reference.ts';

export type ApiAnswer<T> = { data: T; etag: string | null };
export type ApiDetails = { problems?: Problem[]; [key: string]: unknown };

/** What the API refused and why. `message` is the sentence shown to the person. */
export class ApiError extends Error {
  status: number;
  code: string;
  details: ApiDetails;
  requestId: string | null;
  retryAfterSeconds: number | null;
  constructor(
    status: number,
    code: string,
    message: string,
    more: Partial<Pick<ApiError, 'details' | 'requestId' | 'retryAfterSeconds'>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = more.details ?? {};
    this.requestId = more.requestId ?? null;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}

export type CallOptions = {
  body?: unknown;
  /** Sent as it is instead of a body. */
  file?: File;
  ifMatch?: string;
  idempotencyKey?: string;
  query?: Record<string, unknown>;
  signal?: AbortSignal;
};
export type ApiClientOptions = {
  fetch: typeof fetch;
  base?: string;
  /** Called when the session cannot be renewed any more. */
  onSignedOut?: () => void;
  networkMessage?: string;
};

const withoutRefresh = ['/auth/login', '/auth/register', '/auth/refresh', '/auth/accept-invitation'];

/** Makes the client. Every call answers `{data, etag}` or throws an `ApiError` (`code: 'network'` when nothing answered). */
export function createApiClient(options: ApiClientOptions) {
  const base = options.base ?? '/api/v1';
  let refreshing: Promise<boolean> | null = null;

  async function send(method: string, path: string, call: CallOptions): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    if (call.file !== undefined) {
      headers['content-type'] = call.file.type || 'application/octet-stream';
      headers['x-file-name'] = encodeURIComponent(call.file.name);
    }
    if (call.ifMatch) headers['if-match'] = call.ifMatch;
    if (call.idempotencyKey) headers['idempotency-key'] = call.idempotencyKey;
    try {
      return await options.fetch(base + path + queryText(call.query), {
        method,
        headers,
        credentials: 'same-origin',
        body: call.file ?? (call.body === undefined ? undefined : JSON.stringify(call.body)),
        signal: call.signal,
      });
    } catch (cause) {
      if (call.signal?.aborted) throw cause;
      throw new ApiError(0, 'network', options.networkMessage ?? 'The server did not answer.');
    }
  }

  /** Several calls may meet the 401 together; only one of them renews the session. */
  function refresh(): Promise<boolean> {
    refreshing ??= send('POST', '/auth/refresh', {})
      .then((answer) => answer.ok)
      .finally(() => (refreshing = null));
    return refreshing;
  }

  async function call<T>(method: string, path: string, options_: CallOptions = {}): Promise<ApiAnswer<T>> {
    let answer = await send(method, path, options_);
    if (answer.status === 401 && !withoutRefresh.includes(path)) {
      if (await refresh()) answer = await send(method, path, options_);
      if (answer.status === 401) options.onSignedOut?.();
    }
    const text = await answer.text();
    const body = text === '' ? null : parse(text);
    if (!answer.ok) throw toError(answer, body);
    return { data: body as T, etag: answer.headers.get('etag') };
  }

  return {
    call,
    get: async <T>(path: string, query?: Record<string, unknown>) =>
      (await call<T>('GET', path, { query })).data,
    post: async <T>(path: string, body?: unknown, more: CallOptions = {}) =>
      (await call<T>('POST', path, { ...more, body: body ?? {} })).data,
    upload: async (path: string, file: File) => (await call<FileReference>('POST', path, { file })).data,
    put: async <T>(path: string, body: unknown, more: CallOptions = {}) =>
      (await call<T>('PUT', path, { ...more, body })).data,
    patch: async <T>(path: string, body: unknown, more: CallOptions = {}) =>
      (await call<T>('PATCH', path, { ...more, body })).data,
    remove: async (path: string) => void (await call('DELETE', path)),
  };
}
export type ApiClient = ReturnType<typeof createApiClient>;

function queryText(query?: Record<string, unknown>): string {
  const pairs = Object.entries(query ?? {}).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  return pairs.length === 0
    ? ''
    : `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toError(answer: Response, body: unknown): ApiError {
  const error = (
    body as { error?: { code?: string; message?: string; requestId?: string; details?: ApiDetails } } | null
  )?.error;
  const retryAfter = Number(answer.headers.get('retry-after'));
  return new ApiError(
    answer.status,
    error?.code ?? 'internal',
    error?.message ?? `The server answered ${answer.status}.`,
    {
      details: error?.details ?? {},
      requestId: error?.requestId ?? answer.headers.get('x-request-id'),
      retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
    },
  );
}

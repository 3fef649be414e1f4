/** One request to a Weftline server; every failure is an answer with a sentence, nothing is thrown. */

export type Server = { url: string; token: string; tenant: string | null; fetch: typeof fetch };

export type Answer = {
  ok: boolean;
  /** 0: no answer came. */
  status: number;
  body: unknown;
  etag: string | null;
  code: string;
  message: string;
  details: object;
};

/** @param path below the workspace, or below `/api/v1` when the server has none yet */
export async function callApi(
  server: Server,
  method: string,
  path: string,
  body?: unknown,
  ifMatch?: string | null,
): Promise<Answer> {
  const address = `${server.url}/api/v1${server.tenant === null ? '' : `/tenants/${encodeURIComponent(server.tenant)}`}${path}`;
  const headers: { [name: string]: string } = { authorization: `Bearer ${server.token}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (ifMatch) headers['if-match'] = ifMatch;
  let response: Response;
  let text: string;
  try {
    response = await server.fetch(address, {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    const cause =
      error instanceof Error
        ? error.cause instanceof Error
          ? error.cause.message
          : error.message
        : String(error);
    return {
      ok: false,
      status: 0,
      body: null,
      etag: null,
      code: 'unreachable',
      message: `No answer from ${server.url}: ${cause}`,
      details: {},
    };
  }
  const answer = parse(text);
  const error = (answer as { error?: { code?: unknown; message?: unknown; details?: unknown } } | null)
    ?.error;
  return {
    ok: response.ok && answer !== undefined,
    status: response.status,
    body: answer ?? null,
    etag: response.headers.get('etag'),
    code: typeof error?.code === 'string' ? error.code : '',
    message:
      typeof error?.message === 'string'
        ? error.message
        : answer === undefined
          ? `${address} does not answer as a Weftline server does (HTTP ${response.status}).`
          : `HTTP ${response.status}`,
    details: typeof error?.details === 'object' && error.details !== null ? error.details : {},
  };
}

/** Undefined when the text is no JSON. */
function parse(text: string): unknown {
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

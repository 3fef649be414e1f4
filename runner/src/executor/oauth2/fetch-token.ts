// Token requests on their way out: what oauth4webapi wrote by the book, in the words of services that differ from it.
import type { OAuth2 } from '@weftline/connectors/types';
import type { Egress } from '../../platform/egress/create-egress.ts';

export type TokenRequest = {
  egress: Egress;
  tenantId: string;
  settings: OAuth2;
  /** Further parameters; they replace those of the same name. */
  parameters: Record<string, string>;
  /** Secret texts, which must not be carried to another origin. */
  secrets: readonly string[];
  signal: AbortSignal | undefined;
  /** Throws unless secrets may be sent to this address. */
  check: (url: string) => void;
};

type Init = { method: string; headers: Record<string, string>; body?: unknown };

const answerMostBytes = 1024 * 1024;
const sensitive = [
  'client_secret',
  'client_assertion',
  'assertion',
  'code',
  'code_verifier',
  'refresh_token',
];

/** Parameters without those the service does not take, and with the connector's own. */
const choose = ({ settings, parameters }: TokenRequest, body: unknown): URLSearchParams => {
  const chosen = new URLSearchParams(String(body ?? ''));
  for (const name of settings.omitParams ?? []) chosen.delete(name);
  for (const [name, value] of Object.entries(parameters)) chosen.set(name, value);
  return chosen;
};

const write = (
  settings: OAuth2,
  url: string,
  init: Init,
  chosen: URLSearchParams,
): { url: string; headers: Record<string, string>; body: string | null } => {
  const { 'content-type': _form, ...headers } = init.headers;
  if (settings.tokenBodyFormat === 'query') {
    const address = new URL(url);
    for (const [name, value] of chosen) address.searchParams.set(name, value);
    return { url: address.href, headers, body: settings.tokenMethod === 'GET' ? null : '' };
  }
  if (settings.tokenBodyFormat === 'json')
    return {
      url,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(chosen)),
    };
  return { url, headers: init.headers, body: chosen.toString() };
};

/** A `fetch` for oauth4webapi that goes out through the egress alone. */
export const tokenFetch =
  (request: TokenRequest) =>
  async (url: string, init: Init): Promise<Response> => {
    const { egress, tenantId, settings, parameters, secrets, signal } = request;
    request.check(url);
    const chosen = choose(request, init.body);
    const isQuery = settings.tokenBodyFormat === 'query';
    const answer = await egress.request({
      tenantId,
      method: settings.tokenMethod ?? init.method,
      ...write(settings, url, { ...init, headers: { ...init.headers, 'user-agent': 'weftline' } }, chosen),
      credentials: {
        headers: ['authorization'],
        query: isQuery ? [...sensitive, ...Object.keys(parameters)] : [],
        inBody: !isQuery,
        values: secrets,
      },
      maxResponseBytes: answerMostBytes,
      signal,
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) headers.set(name, value);
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : new Uint8Array(answer.body), { status: answer.status, headers });
  };

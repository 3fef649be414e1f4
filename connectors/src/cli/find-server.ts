/** Which server, as whom, in which workspace: from options, else from the environment. */
import { callApi, type Server } from './call-api.ts';
import { UsageError } from './read-connector.ts';
import type { Terminal } from './terminal.ts';

export type ServerOptions = { url?: string; token?: string; tenant?: string };

/**
 * @returns a server whose workspace is known
 * @throws UsageError when something is missing, or the token belongs to no workspace
 */
export async function findServer(options: ServerOptions, { env, fetch }: Terminal): Promise<Server> {
  const url = options.url ?? env['WEFTLINE_URL'];
  const token = options.token ?? env['WEFTLINE_TOKEN'];
  if (!url || !URL.canParse(url))
    throw new UsageError('Say which server: --url http://localhost:3000, or WEFTLINE_URL.');
  if (!token) throw new UsageError('Give an API key: WEFTLINE_TOKEN=…, or --token.');
  const base = { url: url.replace(/\/+$/, ''), token, fetch };
  const tenant = options.tenant ?? env['WEFTLINE_TENANT'];
  if (tenant) return { ...base, tenant };
  const me = await callApi({ ...base, tenant: null }, 'GET', '/me');
  const id = (me.body as { tenant?: { id?: unknown } } | null)?.tenant?.id;
  if (!me.ok || typeof id !== 'string')
    throw new UsageError(
      `The server does not say which workspace the token belongs to (${me.message}); give --tenant.`,
    );
  return { ...base, tenant: id };
}

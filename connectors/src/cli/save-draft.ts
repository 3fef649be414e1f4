/** Keeps a connector as the draft of its app on a server. */
import type { Connector } from '../types.ts';
import { callApi, type Answer, type Server } from './call-api.ts';

/** A new app is made with its draft; that of a known one is replaced, on the state that was just read. */
export async function saveDraft(server: Server, connector: Connector): Promise<Answer> {
  const path = `/apps/${connector.app.key}`;
  const known = await callApi(server, 'GET', path);
  if (known.status === 404) return callApi(server, 'POST', '/apps', { definition: connector });
  if (!known.ok) return known;
  return callApi(server, 'PUT', `${path}/draft`, { definition: connector }, known.etag);
}

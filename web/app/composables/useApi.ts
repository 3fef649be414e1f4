import type { ApiClient } from '../utils/api-client.ts';

/** The API client. Paths start behind `/api/v1`. */
export function useApi(): ApiClient {
  return useNuxtApp().$api as ApiClient;
}

/** Path of something in the current workspace: `inWorkspace('/runs')`. */
export function inWorkspace(path: string): string {
  const session = useSessionState().value;
  if (!session) throw new Error('Nobody is signed in.');
  return `/tenants/${session.tenant.id}${path}`;
}

/** The whole address, for EventSource and links. */
export function apiUrl(path: string): string {
  return `/api/v1${inWorkspace(path)}`;
}

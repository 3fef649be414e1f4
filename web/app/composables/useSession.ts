import type { Session, Tenant, User } from '../types/api.ts';
import { ApiError } from '../utils/api-client.ts';

/** `undefined`: not asked yet; `null`: nobody is signed in. */
export function useSessionState() {
  return useState<Session | null | undefined>('session', () => undefined);
}

/** Who is signed in, and the ways in and out. */
export function useSession() {
  const state = useSessionState();
  const api = useApi();

  async function load(): Promise<Session | null> {
    if (state.value !== undefined) return state.value;
    try {
      const me = await api.get<{ user: User; tenant: Tenant; tenants?: Tenant[] }>('/me');
      state.value = { ...me, tenants: me.tenants ?? [me.tenant] };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      state.value = null;
    }
    return state.value;
  }

  /** Asks again after a way in has set the cookies. */
  async function reload(): Promise<Session | null> {
    state.value = undefined;
    return load();
  }

  async function signOut(): Promise<void> {
    await api.post('/auth/logout').catch(() => {});
    tellOtherTabs();
    state.value = null;
    await navigateTo('/sign-in');
  }

  async function switchTo(tenantId: string): Promise<void> {
    await api.post('/auth/switch', { tenantId });
    window.location.assign('/');
  }

  const mayBuild = computed(() => ['owner', 'admin', 'builder'].includes(state.value?.tenant.role ?? ''));
  const mayAuthor = computed(() =>
    ['owner', 'admin', 'builder', 'author'].includes(state.value?.tenant.role ?? ''),
  );
  const mayManage = computed(() => ['owner', 'admin'].includes(state.value?.tenant.role ?? ''));
  return { session: state, load, reload, signOut, switchTo, mayBuild, mayAuthor, mayManage };
}

const channelName = 'weftline-session';
function tellOtherTabs(): void {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage('signed-out');
  channel.close();
}

/** Signing out in one tab leaves the others too. */
export function followOtherTabs(): void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = () => window.location.assign('/sign-in');
  onScopeDispose(() => channel.close());
}

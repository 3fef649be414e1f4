import type { OauthStart } from './useOauthPopup.ts';

export type DeviceCode = { userCode: string; verificationUri: string; expiresIn: number; interval: number };
type Polled = { done: boolean; waitSeconds?: number; ok?: boolean; message?: string | null };

/**
 * Signs in with a code that the person types at the service, on any device. The code is shown until the service says yes
 * or no, the code is too old, or the screen is left.
 */
export function useDeviceSignIn() {
  const api = useApi();
  const { t } = useI18n();
  const code = shallowRef<DeviceCode | null>(null);
  let isOver = false;
  onScopeDispose(() => (isOver = true));

  /** @throws ApiError when the service or the API refuses */
  async function signIn(start: OauthStart): Promise<{ ok: boolean; connectionId: string; message?: string }> {
    const begun = await api.post<{ connectionId: string; device: DeviceCode }>(
      inWorkspace('/connections/oauth/start'),
      start,
    );
    const { connectionId, device } = begun;
    code.value = device;
    try {
      const until = Date.now() + device.expiresIn * 1000;
      for (let wait = device.interval; !isOver && Date.now() < until;) {
        await new Promise((resolve) => setTimeout(resolve, wait * 1000));
        const answer = await api.post<Polled>(inWorkspace(`/connections/${connectionId}/oauth/poll`));
        if (answer.done)
          return {
            ok: answer.ok === true,
            connectionId,
            ...(answer.message ? { message: answer.message } : {}),
          };
        wait = answer.waitSeconds ?? device.interval;
      }
      return { ok: false, connectionId, message: t('connections.device.tooOld') };
    } finally {
      code.value = null;
    }
  }
  return { code, signIn };
}

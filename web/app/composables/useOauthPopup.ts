import type { Connection, Fields } from '../types/api.ts';

export type OauthStart = {
  app: string;
  auth: string;
  name: string;
  credentials: Record<string, string>;
  config?: Fields;
  connectionId?: string;
  keepForApp?: boolean;
};
const askTurns = 10;
const askEveryMs = 1500;
type OauthAnswer = { type: 'weftline:oauth'; ok: boolean; connectionId?: string; message?: string };

/**
 * Sends the person to the service in a popup and waits for what comes back. Opened before anything is awaited, else
 * browsers block it. A provider may cut the popup off from us (COOP): then the connection itself is asked for a while.
 * Answers null when the person closed the popup without signing in.
 */
export function useOauthPopup() {
  const api = useApi();
  const { t } = useI18n();

  async function connect(start: OauthStart): Promise<OauthAnswer | null> {
    const popup = window.open('about:blank', 'weftline-oauth', 'popup,width=560,height=720');
    if (!popup) return { type: 'weftline:oauth', ok: false, message: t('connections.popupBlocked') };
    try {
      const { authorizeUrl, connectionId } = await api.post<{ authorizeUrl: string; connectionId: string }>(
        inWorkspace('/connections/oauth/start'),
        start,
      );
      popup.location.href = authorizeUrl;
      const answer = (await waitFor(popup)) ?? (await askFor(connectionId));
      return answer && { ...answer, connectionId: answer.connectionId ?? connectionId };
    } catch (cause) {
      popup.close();
      throw cause;
    }
  }
  /** After the popup is gone: has the sign-in arrived all the same? */
  async function askFor(connectionId: string): Promise<OauthAnswer | null> {
    for (let turn = 0; turn < askTurns; turn += 1) {
      const found = await api.get<Connection>(inWorkspace(`/connections/${connectionId}`)).catch(() => null);
      if (found?.credentials?.accessToken) return { type: 'weftline:oauth', ok: true, connectionId };
      await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    }
    return null;
  }
  return { connect };
}

function waitFor(popup: Window): Promise<OauthAnswer | null> {
  return new Promise((resolve) => {
    const finish = (answer: OauthAnswer | null) => {
      window.removeEventListener('message', hear);
      clearInterval(timer);
      resolve(answer);
    };
    const hear = (event: MessageEvent) => {
      if (event.origin === window.location.origin && (event.data as OauthAnswer)?.type === 'weftline:oauth')
        finish(event.data as OauthAnswer);
    };
    const timer = setInterval(() => popup.closed && setTimeout(() => finish(null), 300), 400);
    window.addEventListener('message', hear);
  });
}

import type { Fields } from '../types/api.ts';

export type OauthStart = {
  app: string;
  auth: string;
  name: string;
  credentials: Record<string, string>;
  config?: Fields;
  connectionId?: string;
};
type OauthAnswer = { type: 'weftline:oauth'; ok: boolean; connectionId?: string; message?: string };

/**
 * Sends the person to the service in a popup and waits for what comes back. Opened before anything is awaited, else
 * browsers block it. Answers null when the person closed the popup.
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
      const answer = await waitFor(popup);
      return answer && { ...answer, connectionId: answer.connectionId ?? connectionId };
    } catch (cause) {
      popup.close();
      throw cause;
    }
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

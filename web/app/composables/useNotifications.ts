/** How many notifications the person has not read: one number for the whole page, so that every bell shows the same. */
export function useUnread() {
  const unread = useState('unread-notifications', () => 0);
  const api = useApi();
  async function refresh(): Promise<void> {
    try {
      unread.value = (await api.get<{ unread: number }>(inWorkspace('/notifications/unread'))).unread;
    } catch {
      // The last number stays; the next poll asks again.
    }
  }
  return { unread, refresh };
}

/** Reading one: for this person alone, and counted down at once. */
export function useReadNotification() {
  const api = useApi();
  const { refresh } = useUnread();
  return async (id: string): Promise<void> => {
    await api.post(inWorkspace(`/notifications/${id}/read`));
    await refresh();
  };
}

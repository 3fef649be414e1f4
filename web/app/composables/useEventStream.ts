/**
 * Server-sent events of one address, read with the session's cookie. The browser resumes with Last-Event-ID by itself; when
 * the server refuses (an expired session) the session is renewed and the stream opened again. `close` ends it for good.
 */
export function useEventStream(url: () => string, handlers: Record<string, (data: string) => void>) {
  const api = useApi();
  const live = ref(false);
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  function open(): void {
    if (closed) return;
    source = new EventSource(url());
    source.onopen = () => (live.value = true);
    source.onerror = () => {
      live.value = false;
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(() => api.get('/me').then(open, () => (timer = setTimeout(open, 5000))), 1000);
    };
    for (const [name, handle] of Object.entries(handlers))
      source.addEventListener(name, (event) => handle((event as MessageEvent<string>).data));
  }
  function close(): void {
    closed = true;
    live.value = false;
    clearTimeout(timer);
    source?.close();
  }
  open();
  onScopeDispose(close);
  return { live, close };
}

/** Loads again every so many milliseconds while the page can be seen. */
export function useRefreshEvery(everyMs: number, refresh: () => Promise<void>): void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void refresh();
  }, everyMs);
  onScopeDispose(() => clearInterval(timer));
}

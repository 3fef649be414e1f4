/** The clock of the screen, moved on every so many milliseconds while the component lives. */
export function useNowEvery(everyMs: number) {
  const now = ref(Date.now());
  const timer = setInterval(() => (now.value = Date.now()), everyMs);
  onScopeDispose(() => clearInterval(timer));
  return now;
}

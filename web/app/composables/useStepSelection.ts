/** Which step's panel is open (`trigger` or a step's id). It stands in the address, so that a reload comes back to it. */
export function useStepSelection() {
  const route = useRoute();
  const router = useRouter();
  return computed<string | null>({
    get: () => (route.query.step ? String(route.query.step) : null),
    set: (step) =>
      void router.replace({ query: { ...route.query, step: step ?? undefined, tab: undefined } }),
  });
}

/** The open tab of the panel. */
export function useStepTab(fallback: () => string) {
  const route = useRoute();
  const router = useRouter();
  return computed<string>({
    get: () => String(route.query.tab ?? fallback()),
    set: (tab) => void router.replace({ query: { ...route.query, tab } }),
  });
}

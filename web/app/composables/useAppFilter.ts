import type { AppSummary } from '../types/api.ts';

/** Which of the apps are shown: what is searched and which category, both kept in the address of the page. */
export function useAppFilter(apps: () => AppSummary[]) {
  const route = useRoute();
  const router = useRouter();
  const search = ref(String(route.query.search ?? ''));
  const category = ref<string | null>(route.query.category ? String(route.query.category) : null);
  watch([search, category], () => {
    const query = {
      ...route.query,
      search: search.value || undefined,
      category: category.value ?? undefined,
    };
    void router.replace({ query });
  });
  const shown = computed(() => findApps(apps(), search.value, category.value));
  return { search, category, shown };
}

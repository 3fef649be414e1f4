import type { WatchSource } from 'vue';
import type { Page } from '../types/api.ts';

/** A list with a cursor: the first page at once, `more()` appends the next one. */
export function useList<T>(
  path: () => string,
  query: () => Record<string, unknown> = () => ({}),
  watched: WatchSource[] = [],
) {
  const api = useApi();
  const loadingMore = ref(false);
  const first = useResource(() => api.get<Page<T>>(path(), query()), watched);

  async function more(): Promise<void> {
    const page = first.data.value;
    if (!page?.nextCursor || loadingMore.value) return;
    loadingMore.value = true;
    try {
      const next = await api.get<Page<T>>(path(), { ...query(), cursor: page.nextCursor });
      first.data.value = { ...next, data: [...page.data, ...next.data] };
    } finally {
      loadingMore.value = false;
    }
  }

  const items = computed(() => first.data.value?.data ?? []);
  const hasMore = computed(() => first.data.value?.hasMore ?? false);
  return { ...first, items, hasMore, more, loadingMore };
}

import type { WatchSource } from 'vue';
import { ApiError } from '../utils/api-client.ts';

/**
 * Loads something from the API and keeps its loading and error state. Loads at once and again when a watched source
 * changes; an older answer never overwrites a newer one. Data stays on the screen while it is loaded again.
 */
export function useResource<T>(load: () => Promise<T>, watched: WatchSource[] = []) {
  const data = shallowRef<T | null>(null);
  const error = shallowRef<ApiError | null>(null);
  const pending = ref(true);
  let turn = 0;

  async function refresh(): Promise<void> {
    const mine = ++turn;
    pending.value = true;
    try {
      const answer = await load();
      if (mine !== turn) return;
      data.value = answer;
      error.value = null;
    } catch (cause) {
      if (mine !== turn) return;
      error.value = toApiError(cause);
    } finally {
      if (mine === turn) pending.value = false;
    }
  }

  void refresh();
  if (watched.length > 0) watch(watched, refresh);
  return { data, error, pending, refresh };
}

/** Every failure as an `ApiError`, so that screens show one kind. */
export function toApiError(cause: unknown): ApiError {
  return cause instanceof ApiError
    ? cause
    : new ApiError(0, 'internal', cause instanceof Error ? cause.message : String(cause));
}

import type { ApiError } from '../utils/api-client.ts';
import type { Problem } from '../types/api.ts';

/** Sends a form of the auth pages: errors beside the fields, the session afterwards, then on to `next`. */
export function useWayIn(path: string) {
  const api = useApi();
  const { reload } = useSession();
  const route = useRoute();
  const busy = ref(false);
  const error = shallowRef<ApiError | null>(null);
  const problems = computed<Problem[]>(() => error.value?.details.problems ?? []);

  async function submit(body: Record<string, unknown>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    error.value = null;
    try {
      await api.post(path, body);
      await reload();
      const next = String(route.query.next ?? '/');
      await navigateTo(next.startsWith('/') && !next.startsWith('//') ? next : '/');
    } catch (cause) {
      error.value = toApiError(cause);
    } finally {
      busy.value = false;
    }
  }

  /** The sentence for one field of the form, from the API's problems. */
  function problemOf(field: string): string | undefined {
    return problems.value.find((problem) => problem.path === `/${field}` || problem.path === field)?.message;
  }
  return { submit, busy, error, problemOf };
}

import type { TestAnswer } from '../types/api.ts';

/** Presses Test for one connection at a time and keeps the answer. A refusal of the API is shown like a failed test. */
export function useConnectionTest() {
  const api = useApi();
  const testing = ref<string | null>(null);
  const answers = ref<Record<string, TestAnswer>>({});

  /** `agreeToHosts`: where a person says the secrets may go from now on. */
  async function test(id: string, agreeToHosts?: string[]): Promise<TestAnswer> {
    testing.value = id;
    try {
      const answer = await api.post<TestAnswer>(
        inWorkspace(`/connections/${id}/test`),
        agreeToHosts ? { agreeToHosts } : undefined,
      );
      answers.value = { ...answers.value, [id]: answer };
      return answer;
    } catch (cause) {
      const error = toApiError(cause);
      const answer = { ok: false, code: error.code, message: error.message };
      answers.value = { ...answers.value, [id]: answer };
      return answer;
    } finally {
      testing.value = null;
    }
  }
  return { test, testing, answers };
}

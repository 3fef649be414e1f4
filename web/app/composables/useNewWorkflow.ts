import type { Definition, Workflow } from '../types/api.ts';

/** Creates a workflow that starts with a webhook and opens it in the editor. */
export function useNewWorkflow() {
  const api = useApi();
  const notify = useNotify();
  const { t } = useI18n();
  const creating = ref(false);

  async function create(): Promise<void> {
    if (creating.value) return;
    creating.value = true;
    try {
      const name = t('home.newWorkflowName');
      const definition: Definition = { format: 'workflow/1', name, trigger: { kind: 'webhook' }, steps: [] };
      const workflow = await api.post<Workflow>(inWorkspace('/workflows'), { name, definition });
      await navigateTo(`/workflows/${workflow.id}`);
    } catch (cause) {
      notify.failed(cause);
    } finally {
      creating.value = false;
    }
  }
  return { create, creating };
}

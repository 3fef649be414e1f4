import type { Problem, SlotState } from '../types/api.ts';
import type { WorkflowEditor } from './useWorkflowEditor.ts';

/** Publishing and turning on, and what stands in the way: problems of the draft, connections that were not tested. */
export function useGoLive(editor: WorkflowEditor) {
  const api = useApi();
  const notify = useNotify();
  const { t } = useI18n();
  const busy = ref(false);
  const problems = ref<Problem[]>([]);
  const untested = ref<SlotState[]>([]);
  const showProblems = ref(false);
  const showUntested = ref(false);

  async function attempt(work: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      await editor.save();
      if (editor.state.value !== 'saved')
        throw editor.saveError.value ?? new ApiError(0, 'internal', t('editor.notSaved'));
      await work();
    } catch (cause) {
      explain(toApiError(cause));
    } finally {
      await editor.reload().catch(() => {});
      busy.value = false;
    }
  }
  function explain(error: ApiError): void {
    if (error.code === 'connection_not_tested') {
      untested.value = (error.details.connections as SlotState[] | undefined) ?? [];
      showUntested.value = true;
    } else if (error.details.problems?.length) {
      problems.value = error.details.problems;
      editor.strict.value = true;
      showProblems.value = true;
    } else notify.failed(error);
  }

  async function publishOnly(): Promise<void> {
    const { version } = await api.post<{ version: number }>(`${editor.path}/publish`);
    notify.done(t('editor.published', { version }));
  }
  const publish = () => attempt(publishOnly);
  const turnOn = () =>
    attempt(async () => {
      const { publishedVersion, hasUnpublishedChanges } = editor.workflow.value;
      if (publishedVersion === null || hasUnpublishedChanges) await api.post(`${editor.path}/publish`);
      await api.post(`${editor.path}/enable`);
      showUntested.value = false;
      notify.done(t('editor.isLive'), {
        description: t(`editor.isLiveText.${editor.definition.value.trigger.kind}`),
      });
    });
  const turnOff = () =>
    attempt(async () => {
      await api.post(`${editor.path}/disable`);
      notify.done(t('editor.isOff'));
    });
  return { busy, publish, turnOn, turnOff, problems, untested, showProblems, showUntested };
}

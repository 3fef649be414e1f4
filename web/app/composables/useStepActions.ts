import type { Json, Step } from '../types/api.ts';
import type { Place } from '../utils/lanes.ts';
import type { WorkflowEditor } from './useWorkflowEditor.ts';

/** What can be done with the steps of the open workflow. Moves are said aloud; deletions can be taken back. */
export function useStepActions(editor: WorkflowEditor = useWorkflowEditor()) {
  const selection = useStepSelection();
  const router = useRouter();
  const route = useRoute();
  const notify = useNotify();
  const { t } = useI18n();
  const announcement = useState('editor-announcement', () => '');

  function changeSteps(make: (steps: Step[]) => Step[]): void {
    editor.change((before) => ({ ...before, steps: make(before.steps) }));
  }
  function add(place: Place, kind: string, more: { [key: string]: Json } = {}): void {
    const wanted = idOf(typeof more.use === 'string' ? (more.use.split('#')[1] ?? 'step') : kind);
    const id = freeId(wanted, new Set(editor.everyStep.value.map((step) => step.id)));
    changeSteps((steps) => insertStep(steps, place, { id, kind, ...more }));
    void router.replace({ query: { ...route.query, step: id, tab: 'fields' } });
  }
  function remove(id: string): void {
    const before = editor.definition.value;
    changeSteps((steps) => removeStep(steps, id));
    if (selection.value === id) selection.value = null;
    notify.done(t('editor.stepDeleted'), { undo: () => editor.change(() => before) });
  }
  function move(id: string, by: -1 | 1): void {
    changeSteps((steps) => moveStep(steps, id, by));
    const at = editor.everyStep.value.findIndex((step) => step.id === id) + 1;
    announcement.value = t('editor.moved', { number: at, all: editor.everyStep.value.length });
    void nextTick(() => document.querySelector<HTMLElement>(`[data-testid="step-${id}"]`)?.focus());
  }
  function copy(id: string): void {
    const copied = copyStep(editor.steps.value, id);
    changeSteps(() => copied.steps);
    selection.value = copied.id;
  }
  function toggle(id: string): void {
    editor.changeStep(id, ({ disabled, ...step }) =>
      disabled ? (step as Step) : { ...(step as Step), disabled: true },
    );
  }
  return { add, remove, move, copy, toggle, announcement };
}

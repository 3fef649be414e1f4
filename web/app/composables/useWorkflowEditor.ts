import type { InjectionKey } from 'vue';
import type { Definition, Json, Problem, Sample, Samples, Step, Workflow } from '../types/api.ts';
import type { ApiError } from '../utils/api-client.ts';
import { changeStep as changeOneStep } from '../utils/change-steps.ts';

const saveDelayMs = 700;
const historyLength = 100;
type LocalDraft = { etag: string; definition: Definition };

/**
 * The draft of one workflow while it is edited. Every change is kept in this browser at once and saved shortly after;
 * a save that meets somebody else's waits for a decision (`conflict`). Undo goes back as far as the page was open.
 */
export function createWorkflowEditor(loaded: Workflow) {
  const api = useApi();
  const notify = useNotify();
  const path = inWorkspace(`/workflows/${loaded.id}`);
  const draftKey = `weftline:draft:${loaded.id}`;

  const workflow = shallowRef<Workflow>(loaded);
  /** The API says it once; it is shown until the page is left. */
  const hookSecret = ref(loaded.trigger.secret ?? null);
  watch(workflow, (next) => next.trigger.secret && (hookSecret.value = next.trigger.secret));
  const definition = shallowRef<Definition>(loaded.draft);
  const conflict = shallowRef<Workflow | null>(null);
  const state = ref<'saved' | 'changed' | 'saving' | 'failed'>('saved');
  const saveError = shallowRef<ApiError | null>(null);
  const past = shallowRef<Definition[]>([]);
  const future = shallowRef<Definition[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | null = null;

  function set(next: Definition): void {
    definition.value = next;
    state.value = 'changed';
    remember({ etag: workflow.value.etag, definition: next });
    clearTimeout(timer);
    timer = setTimeout(() => void save(), saveDelayMs);
  }

  /** Changes the draft. Changes with the same `group` in a row (typing in one field) are one step of undo. */
  let lastGroup: string | null = null;
  function change(make: (before: Definition) => Definition, group: string | null = null): void {
    const next = make(definition.value);
    if (JSON.stringify(next) === JSON.stringify(definition.value)) return;
    if (group === null || group !== lastGroup)
      past.value = [...past.value.slice(-historyLength), definition.value];
    lastGroup = group;
    future.value = [];
    set(next);
  }
  function changeStep(id: string, make: (before: Step) => Step, group: string | null = null): void {
    change(
      (before) => ({ ...before, steps: changeOneStep(before.steps, id, make) }),
      group && `${id}:${group}`,
    );
  }
  function undo(): void {
    const before = past.value.at(-1);
    if (!before) return;
    past.value = past.value.slice(0, -1);
    future.value = [...future.value, definition.value];
    lastGroup = null;
    set(before);
  }
  function redo(): void {
    const next = future.value.at(-1);
    if (!next) return;
    future.value = future.value.slice(0, -1);
    past.value = [...past.value, definition.value];
    lastGroup = null;
    set(next);
  }

  /** Saves what is not saved yet; one save at a time. */
  async function save(): Promise<void> {
    clearTimeout(timer);
    if (running) await running;
    if (state.value === 'saved' || conflict.value) return;
    running = saveOnce().finally(() => (running = null));
    await running;
  }
  async function saveOnce(): Promise<void> {
    const sent = definition.value;
    state.value = 'saving';
    try {
      const used = withoutUnusedSlots(sent);
      take(await patch({ definition: used, name: used.name }), definition.value === sent);
      saveError.value = null;
      state.value = definition.value === sent ? 'saved' : 'changed';
      if (state.value === 'saved') forget();
    } catch (cause) {
      state.value = 'failed';
      saveError.value = toApiError(cause);
      if (saveError.value.code === 'stale_edit') conflict.value = await api.get<Workflow>(path);
    }
  }
  async function patch(body: Record<string, unknown>): Promise<Workflow> {
    const answer = await api.call<Workflow>('PATCH', path, { body, ifMatch: workflow.value.etag });
    return { ...answer.data, etag: answer.etag ?? answer.data.etag };
  }
  /** Takes the state of the server. `whole`: nothing was changed here meanwhile. */
  function take(next: Workflow, whole: boolean): void {
    workflow.value = { ...workflow.value, ...next };
    if (!whole) remember({ etag: next.etag, definition: definition.value });
  }
  async function reload(): Promise<void> {
    const next = await api.get<Workflow>(path);
    workflow.value = next;
    if (state.value === 'saved') definition.value = next.draft;
  }
  function decide(whose: 'mine' | 'theirs'): void {
    const theirs = conflict.value;
    if (!theirs) return;
    conflict.value = null;
    workflow.value = theirs;
    if (whose === 'mine') {
      state.value = 'changed';
      void save();
      return;
    }
    definition.value = theirs.draft;
    state.value = 'saved';
    forget();
  }

  /** What is merely not filled in yet is no fault before somebody wants to publish. */
  const strict = ref(false);
  const problems = computed(() =>
    (workflow.value.problems ?? []).filter(
      (problem) => strict.value || !isUnfinished(problem, definition.value),
    ),
  );

  const samples = computed<Samples>(() => workflow.value.samples ?? {});
  async function keepSample(key: string, value: Json, source: string): Promise<void> {
    const sample: Sample = { value, source, at: new Date().toISOString() };
    workflow.value = { ...workflow.value, samples: { ...samples.value, [key]: sample } };
    try {
      await save();
      take(await patch({ samples: samples.value }), true);
    } catch (cause) {
      notify.failed(cause);
    }
  }

  function remember(draft: LocalDraft): void {
    try {
      localStorage.setItem(draftKey, JSON.stringify(draft));
    } catch {
      // A full or forbidden storage only loses the copy in this browser.
    }
  }
  function forget(): void {
    localStorage.removeItem(draftKey);
  }
  function restoreLocal(): void {
    const text = localStorage.getItem(draftKey);
    if (!text) return;
    const local = JSON.parse(text) as LocalDraft;
    if (JSON.stringify(local.definition) === JSON.stringify(loaded.draft)) return forget();
    definition.value = local.definition;
    state.value = 'changed';
    if (local.etag === loaded.etag) void save();
    else conflict.value = loaded;
  }
  restoreLocal();
  onScopeDispose(() => void save());

  const steps = computed(() => definition.value.steps ?? []);
  /** Those in loops as well. */
  const everyStep = computed(() => allSteps(steps.value));
  const scope = computed(() => scopeOfSamples(samples.value, { id: loaded.id, name: definition.value.name }));
  return {
    workflow,
    hookSecret,
    problems,
    strict,
    definition,
    steps,
    everyStep,
    samples,
    scope,
    state,
    saveError,
    conflict,
    path,
    canUndo: computed(() => past.value.length > 0),
    canRedo: computed(() => future.value.length > 0),
    change,
    changeStep,
    undo,
    redo,
    save,
    reload,
    decide,
    keepSample,
  };
}
export type WorkflowEditor = ReturnType<typeof createWorkflowEditor>;

function isUnfinished(problem: Problem, definition: Definition): boolean {
  if (problem.code === 'required' || problem.code === 'empty_workflow') return true;
  const step = allSteps(definition.steps).find((one) => one.id === problem.stepId);
  if (problem.path.endsWith('/concurrency/key'))
    return (definition.settings?.concurrency as { key?: string } | undefined)?.key === '';
  if (problem.path.endsWith('/workflowId')) return !step?.workflowId;
  const atCase = /\/cases\/(\d+)\/when$/.exec(problem.path);
  if (step && atCase) return casesOf(step)[Number(atCase[1])]?.when === '';
  return problem.path.endsWith('/condition') && !step?.condition;
}

function withoutUnusedSlots(definition: Definition): Definition {
  if (!definition.connections) return definition;
  const used = new Set(allSteps(definition.steps).map((step) => step.connection));
  const kept = Object.entries(definition.connections).filter(
    ([slot]) => used.has(slot) || definition.trigger.connection === slot,
  );
  return { ...definition, connections: Object.fromEntries(kept) };
}

const key: InjectionKey<WorkflowEditor> = Symbol('workflow editor');
export function provideWorkflowEditor(editor: WorkflowEditor): void {
  provide(key, editor);
}
export function useWorkflowEditor(): WorkflowEditor {
  const editor = inject(key);
  if (!editor) throw new Error('This component stands inside the editor only.');
  return editor;
}

import type { ConnectorTrigger, Problem } from '../types/api.ts';

/** The trigger of an app that the open workflow begins with, as the draft names it, and how to change it. */
export function useAppTrigger() {
  const editor = useWorkflowEditor();
  const { find, loadVersion } = useCatalogue();
  const written = computed(() => editor.definition.value.trigger);
  const used = computed(() => find(written.value.kind === 'app' ? String(written.value.use) : undefined));
  watch(used, (now) => now.key && !now.definition && loadVersion(now.key, now.version).catch(() => {}), {
    immediate: true,
  });

  /** Another trigger: its connection stays where it is of the same app, and the app's sample is there to build with. */
  function pick(use: string, trigger: ConnectorTrigger): void {
    const { key } = find(use);
    editor.change((before) => {
      const slot = typeof before.trigger.connection === 'string' ? before.trigger.connection : null;
      const kept = slot !== null && before.connections?.[slot]?.app === key ? slot : null;
      const own = Object.entries(before.connections ?? {}).find(([, { app }]) => app === key)?.[0] ?? null;
      return { ...before, trigger: { kind: 'app', use, connection: kept ?? own, input: {} } };
    });
    void editor.keepSample('trigger', trigger.sample, 'connector');
  }
  const problems = computed<Problem[]>(() =>
    problemsOfWorkflow(editor.problems.value).filter((one) => one.path.startsWith('/trigger')),
  );
  const problemOf = (path: string) =>
    problems.value.find((one) => one.path.startsWith(`/trigger${path}`))?.message;
  return { used, written, pick, problems, problemOf };
}

import type { HookEvent } from '../types/api.ts';

const shown = 10;

/** The last events that called the hook of the open workflow, the newest first, and each new one as it comes. */
export function useHookSamples(onEvent?: (event: HookEvent) => void) {
  const api = useApi();
  const editor = useWorkflowEditor();
  const events = useState<HookEvent[]>(`hook-events:${editor.workflow.value.id}`, () => []);
  void api.get<{ data: HookEvent[] }>(`${editor.path}/samples`).then(
    (page) => (events.value = page.data),
    () => {},
  );
  const { live } = useEventStream(() => `/api/v1${editor.path}/samples/stream`, {
    sample: (data) => {
      const event = JSON.parse(data) as HookEvent;
      if (events.value.some((one) => one.id === event.id)) return;
      events.value = [event, ...events.value].slice(0, shown);
      onEvent?.(event);
    },
  });
  return { events, live };
}

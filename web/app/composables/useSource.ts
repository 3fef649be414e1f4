import { watchDebounced } from '@vueuse/core';
import type { FieldSource, OptionSource } from '@weftline/connectors/types';
import type { MissingInput, SourceInput } from '../utils/source-input.ts';

/** Why a source cannot be asked now, in a sentence; null: it can. */
export type SourceHint = string | null;

const routes = { optionSources: 'options', fieldSources: 'fields' } as const;

/**
 * Asks a source of the form's app. Asks again when something changed that it reads; an older answer never overwrites a
 * newer one. `eager`: it is asked at once, else when `load` is called; `follows`: after a change also when it was not yet.
 */
export function useSource<Answer>(
  list: keyof typeof routes,
  name: () => string | undefined,
  options: { eager?: boolean; follows?: boolean } = {},
) {
  const api = useApi();
  const { t } = useI18n();
  const context = useFieldsContext();
  const { remote } = context;

  const source = computed<OptionSource | FieldSource | undefined>(() => {
    const sources = remote?.definition.value?.[list] ?? {};
    const wanted = name() ?? '';
    return Object.hasOwn(sources, wanted) ? sources[wanted] : undefined;
  });
  const asked = computed<SourceInput>(() =>
    source.value && remote
      ? readSourceInput(source.value, remote.schema.value, remote.input.value, context.scope.value)
      : { input: {}, missing: [] },
  );
  const needsConnection = computed(
    () =>
      remote?.connectionId.value === null &&
      (remote.definition.value?.auth.every((auth) => auth.type !== 'NONE') ?? false),
  );
  const hint = computed<SourceHint>(() => {
    if (needsConnection.value) return t('fields.connectFirst');
    const [first]: (MissingInput | undefined)[] = asked.value.missing;
    if (!first) return null;
    return t(first.why === 'data' ? 'fields.noSampleFor' : 'fields.fillFirst', { label: first.label });
  });
  /** What an answer depends on. */
  const state = computed(() => JSON.stringify([name(), remote?.connectionId.value, asked.value]));

  const data = shallowRef<Answer | null>(null);
  const error = shallowRef<ApiError | null>(null);
  const pending = ref(false);
  const wanted = ref(options.eager === true);
  let turn = 0;

  async function load(search = ''): Promise<void> {
    wanted.value = true;
    const mine = ++turn;
    error.value = null;
    if (hint.value !== null || !source.value || !remote?.active.value) {
      data.value = null;
      pending.value = false;
      return;
    }
    pending.value = true;
    try {
      const { path, version } = await remote.locate();
      const answer = await api.post<Answer>(`${path}/${routes[list]}`, {
        version,
        source: name(),
        connectionId: remote.connectionId.value,
        input: asked.value.input,
        ...(search.trim() === '' ? {} : { search: search.trim() }),
      });
      if (mine === turn) data.value = answer;
    } catch (cause) {
      if (mine !== turn) return;
      data.value = null;
      error.value = toApiError(cause);
    } finally {
      if (mine === turn) pending.value = false;
    }
  }
  watch(state, () => {
    turn += 1;
    data.value = null;
    pending.value = false;
  });
  watchDebounced(state, () => (wanted.value || options.follows) && load(), { debounce: 300 });
  if (wanted.value) void load();

  return { source, hint, data, error, pending, state, load };
}

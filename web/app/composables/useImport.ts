import type { ImportedApp } from '../types/api.ts';

/** What is imported: an OpenAPI document by its text or address, or a cURL line. */
export type ImportSource = {
  kind: 'openapi' | 'curl';
  text: string;
  only: string[];
  app: string | null;
  /** Webhooks as drafts of triggers; false: as the last import into the app. */
  triggers: boolean;
};

/** The API takes 48 MiB, and a text grows a little on its way. */
const mostBytes = 40 * 1024 * 1024;

/** Asks the API to read a document or a line, and says what it is doing; large documents take it up to a minute. */
export function useImport() {
  const api = useApi();
  const { t } = useI18n();
  const busy = ref<'reading' | 'keeping' | null>(null);
  const failure = ref<string | null>(null);
  let running: AbortController | null = null;

  async function ask(source: ImportSource, save: boolean): Promise<ImportedApp | null> {
    if (busy.value) return null;
    failure.value = null;
    const text = source.text.trim();
    if (text.length > mostBytes) {
      failure.value = t('connector.import.tooLarge', { size: formatBytes(mostBytes) });
      return null;
    }
    const app = source.app === null ? {} : { app: source.app };
    const isAddress = /^https?:\/\/\S+$/.test(text);
    const body =
      source.kind === 'curl'
        ? { command: text, ...app }
        : {
            ...(isAddress ? { url: text } : { document: text }),
            ...(source.only.length > 0 ? { only: source.only } : {}),
            ...(source.triggers ? { triggers: true } : {}),
            ...app,
            ...(save ? { save } : {}),
          };
    busy.value = save ? 'keeping' : 'reading';
    running = new AbortController();
    const { signal } = running;
    try {
      return await api.post<ImportedApp>(inWorkspace(`/apps/import/${source.kind}`), body, { signal });
    } catch (cause) {
      if (signal.aborted) return null;
      const error = toApiError(cause);
      // "Some values are wrong" alone helps nobody; the sentences about them do.
      const sentences = (error.details.problems ?? []).map((problem) => problem.message);
      failure.value = sentences.length > 0 ? sentences.join(' ') : error.message;
      return null;
    } finally {
      busy.value = null;
    }
  }
  const cancel = () => running?.abort();
  onScopeDispose(cancel);
  return { ask, cancel, busy, failure };
}

import type { App, Connector, Problem } from '../types/api.ts';

/**
 * The draft of a connector while it is written: its text, the problems of the text as it is typed, and saving. The same
 * validator as the API's runs in the browser; it is loaded with this page only.
 */
export function useConnectorDraft(app: App | null, start: unknown, firstEtag: string | null) {
  const api = useApi();
  const text = ref(`${JSON.stringify(start, null, 2)}\n`);
  const problems = shallowRef<Problem[]>([]);
  const document = shallowRef<Connector | null>(start as Connector);
  /** The text is JSON, so that a form can change it. */
  const readable = ref(true);
  const checking = ref(true);
  const key = ref<string | null>(app?.key ?? null);
  const etag = ref(firstEtag);
  const savedText = ref(app?.draft ? text.value : '');
  const changed = computed(() => text.value !== savedText.value);
  let turn = 0;

  async function check(): Promise<void> {
    const mine = ++turn;
    checking.value = true;
    const [{ parseDocument }, { validateConnector }] = await Promise.all([
      import('@weftline/connectors/parse-document'),
      import('@weftline/connectors/validate-connector'),
    ]);
    if (mine !== turn) return;
    const parsed = parseDocument(text.value);
    const found = 'problem' in parsed ? [parsed.problem] : validateConnector(parsed.document, 'publish');
    problems.value = found;
    readable.value = 'document' in parsed && typeof parsed.document === 'object' && parsed.document !== null;
    if (readable.value && 'document' in parsed) document.value = parsed.document as Connector;
    checking.value = false;
  }
  const checkSoon = useDebounceFn(check, 250);
  watch(text, () => {
    checking.value = true;
    void checkSoon();
  });
  void check();

  /** Keeps the draft, also with faults in it. @throws ApiError, or SyntaxError while the text is no JSON */
  async function save(): Promise<string> {
    const sent = text.value;
    const definition = JSON.parse(sent) as unknown;
    if (key.value === null) {
      const answer = await api.call<{ key: string; etag: string }>('POST', inWorkspace('/apps'), {
        body: { definition },
      });
      key.value = answer.data.key;
      etag.value = answer.etag ?? answer.data.etag;
    } else if (changed.value) {
      const answer = await api.call<{ etag: string }>('PUT', inWorkspace(`/apps/${key.value}/draft`), {
        body: { definition },
        ifMatch: etag.value ?? '*',
      });
      etag.value = answer.etag ?? answer.data.etag;
    }
    savedText.value = sent;
    return key.value!;
  }
  /** What the API keeps as the draft by now. */
  function adopt(definition: Connector, newEtag: string | null): void {
    text.value = savedText.value = `${JSON.stringify(definition, null, 2)}\n`;
    etag.value = newEtag;
  }
  return { text, problems, document, readable, checking, key, changed, save, adopt };
}

import { findAction, findTrigger, parseUse } from '@weftline/connectors/find-action';
import type { App, AppSummary, Connector, ConnectorAction, ConnectorTrigger, Page } from '../types/api.ts';

/** Apps whose whole definition is loaded so that their actions can be searched; more are loaded when they are opened. */
const mostLoaded = 100;

/** The apps of the workspace with their actions, loaded once per page and shared. */
export function useCatalogue() {
  const api = useApi();
  const { session } = useSession();
  const summaries = useState<AppSummary[]>(`apps:${session.value?.tenant.id}`, () => []);
  const definitions = useState<Record<string, Connector>>(
    `definitions:${session.value?.tenant.id}`,
    () => ({}),
  );
  const error = shallowRef<ApiError | null>(null);

  async function load(): Promise<void> {
    try {
      const page = await api.get<Page<AppSummary>>(inWorkspace('/apps'), { limit: 200 });
      summaries.value = page.data.filter((app) => app.latestVersion !== null);
      await Promise.all(
        summaries.value.slice(0, mostLoaded).map((app) => loadVersion(app.key, app.latestVersion!)),
      );
      error.value = null;
    } catch (cause) {
      error.value = toApiError(cause);
    }
  }
  async function loadVersion(app: string, version: string): Promise<Connector | null> {
    const key = `${app}@${version}`;
    if (definitions.value[key]) return definitions.value[key];
    const latest = summaries.value.find((one) => one.key === app)?.latestVersion === version;
    const answer = latest
      ? await api.get<App>(inWorkspace(`/apps/${app}`))
      : await api.get<{ definition: Connector }>(inWorkspace(`/apps/${app}/versions/${version}`));
    if (answer.definition) definitions.value = { ...definitions.value, [key]: answer.definition };
    return answer.definition;
  }
  /** The app, version and action or trigger that a step or the trigger names in `use`. */
  function find(use: string | undefined): {
    app: AppSummary | undefined;
    definition: Connector | undefined;
    action: ConnectorAction | undefined;
    trigger: ConnectorTrigger | undefined;
    key: string;
    version: string;
  } {
    const { app, version, key } = parseUse(use ?? '') ?? { app: '', version: '', key: '' };
    const definition = definitions.value[`${app}@${version}`];
    return {
      app: summaries.value.find((one) => one.key === app),
      definition,
      action: definition && findAction(definition, key),
      trigger: definition && findTrigger(definition, key),
      key: app,
      version,
    };
  }
  return { summaries, definitions, error, load, loadVersion, find };
}

import { findAction, findTrigger, parseUse } from '@weftline/connectors/find-action';
import type {
  AppPart,
  AppSummary,
  Connector,
  ConnectorAction,
  ConnectorTrigger,
  Page,
} from '../types/api.ts';

/** What a step or the trigger names in `use`, as far as it is known by now. */
export type UsedPart = {
  app: AppSummary | undefined;
  definition: Connector | undefined;
  action: ConnectorAction | undefined;
  trigger: ConnectorTrigger | undefined;
  /** What people call it, also before the definition is here. */
  name: string | undefined;
  key: string;
  version: string;
};

/** Documents that are on their way, so that ten steps of one app ask once. */
const loading = new Map<string, Promise<Connector>>();

/**
 * The apps of the workspace with the names of what they can do. The document of an app is loaded when something uses
 * it: one version has tens of kilobytes, and there are dozens of apps.
 */
export function useCatalogue() {
  const api = useApi();
  const { session } = useSession();
  const tenant = session.value?.tenant.id;
  /** With those that have no version yet. */
  const apps = useState(`apps:${tenant}`, () => shallowRef<AppSummary[]>([]));
  const isLoaded = useState(`apps-loaded:${tenant}`, () => false);
  const definitions = useState(`definitions:${tenant}`, () => shallowRef<Record<string, Connector>>({}));
  const error = shallowRef<ApiError | null>(null);
  const summaries = computed(() => apps.value.filter((app) => app.latestVersion !== null));

  async function load(): Promise<void> {
    try {
      const all: AppSummary[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { limit: 200, parts: 'yes', cursor };
        const page: Page<AppSummary> = await api.get(inWorkspace('/apps'), query);
        all.push(...page.data);
        cursor = page.nextCursor;
      } while (cursor);
      apps.value = all;
      isLoaded.value = true;
      error.value = null;
    } catch (cause) {
      error.value = toApiError(cause);
    }
  }
  /** The document of a version, loaded once. @throws ApiError */
  async function loadVersion(app: string, version: string): Promise<Connector> {
    const key = `${app}@${version}`;
    const known = definitions.value[key];
    if (known) return known;
    const path = inWorkspace(`/apps/${app}/versions/${version}`);
    const asked = loading.get(path) ?? api.get<{ definition: Connector }>(path).then((one) => one.definition);
    loading.set(path, asked);
    try {
      const definition = await asked;
      if (!definitions.value[key]) definitions.value = { ...definitions.value, [key]: definition };
      return definition;
    } finally {
      loading.delete(path);
    }
  }
  /** The documents of all these, side by side. What cannot be loaded is asked for again when it is opened. */
  async function loadUsed(uses: readonly (string | undefined)[]): Promise<void> {
    const wanted = uses.flatMap((use) => parseUse(use ?? '') ?? []);
    await Promise.allSettled(wanted.map(({ app, version }) => loadVersion(app, version)));
  }
  /** The app, version and action or trigger that a step or the trigger names in `use`. */
  function find(use: string | undefined): UsedPart {
    const { app: key, version, key: partKey } = parseUse(use ?? '') ?? { app: '', version: '', key: '' };
    const definition = definitions.value[`${key}@${version}`];
    const app = apps.value.find((one) => one.key === key);
    const action = definition && findAction(definition, partKey);
    const trigger = definition && findTrigger(definition, partKey);
    const part: AppPart | undefined = app?.parts?.find((one) => one.key === partKey);
    const name = action?.name ?? trigger?.name ?? part?.name;
    return { app, definition, action, trigger, name, key, version };
  }
  return { apps, summaries, definitions, isLoaded, error, load, loadVersion, loadUsed, find };
}

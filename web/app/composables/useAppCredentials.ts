import { listAppLevel } from '@weftline/connectors/schemas/app-level';
import type { App, ConnectorAuth, Schema } from '../types/api.ts';

type AppCredentials = { members: { name: string; set: boolean }[] };

/** What is set once for an app and one of its ways to sign in: whoever makes a connection is not asked for it. */
export function useAppCredentials(
  appKey: string,
  definition: Ref<NonNullable<App['definition']>>,
  auth: Ref<ConnectorAuth>,
) {
  const api = useApi();
  const level = computed(() => listAppLevel(definition.value, auth.value));
  const names = ref<string[]>([]);
  watch(
    auth,
    async ({ key }) => {
      names.value = [];
      if (level.value.length === 0) return;
      // Where it cannot be read the form asks for everything, as for an app where nothing is set.
      const read = await api
        .get<AppCredentials>(inWorkspace(`/apps/${appKey}/credentials/${key}`))
        .catch(() => null);
      if (auth.value.key === key)
        names.value = read?.members.filter((member) => member.set).map(({ name }) => name) ?? [];
    },
    { immediate: true },
  );
  return {
    isSet: computed(() => names.value.length > 0),
    /** Labels of those that nobody has set yet. */
    unset: computed(() =>
      level.value.filter(({ name }) => !names.value.includes(name)).map(({ label }) => label),
    ),
    /** The schema of a form without what is set. */
    without(schema: Schema): Schema {
      const isLeft = (name: string) => !names.value.includes(name);
      const properties = Object.entries((schema['properties'] ?? {}) as Schema);
      const required = (schema['required'] ?? []) as string[];
      return {
        ...schema,
        properties: Object.fromEntries(properties.filter(([name]) => isLeft(name))),
        required: required.filter(isLeft),
      };
    },
  };
}

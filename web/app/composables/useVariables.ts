import type { Json } from '../types/api.ts';

type Page = { data: { name: string; value: Json }[]; nextCursor: string | null };

/** The workspace's named values, as expressions read them: `vars.<name>`. Empty until they are there, and where they may not be read. */
export function useVariables() {
  const api = useApi();
  const { data } = useResource(async () => {
    const vars: { [name: string]: Json } = {};
    let cursor: string | null = null;
    do {
      const page: Page = await api.get<Page>(inWorkspace('/variables'), {
        limit: 200,
        ...(cursor === null ? {} : { cursor }),
      });
      for (const { name, value } of page.data) vars[name] = value;
      cursor = page.nextCursor;
    } while (cursor !== null);
    return vars;
  });
  return computed(() => data.value ?? {});
}

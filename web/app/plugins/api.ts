import { createApiClient } from '../utils/api-client.ts';

/** Provides the one API client; a session that cannot be renewed leads to the sign-in page and back. */
export default defineNuxtPlugin({
  name: 'api',
  dependsOn: ['i18n'],
  setup(nuxtApp) {
    const api = createApiClient({
      fetch: (...parameters) => globalThis.fetch(...parameters),
      networkMessage: (nuxtApp.$i18n as { t: (key: string) => string }).t('error.network'),
      onSignedOut: () => {
        useSessionState().value = null;
        const route = useRouter().currentRoute.value;
        if (!route.meta.public) void navigateTo({ path: '/sign-in', query: { next: route.fullPath } });
      },
    });
    return { provide: { api } };
  },
});

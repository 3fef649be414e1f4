import { createI18n } from 'vue-i18n';
import { en } from '../locales/en.ts';

/** Every text of the screens comes from `locales/`; messages are interpreted, never compiled to code (CSP). */
export default defineNuxtPlugin({
  name: 'i18n',
  setup(nuxtApp) {
    const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en } });
    nuxtApp.vueApp.use(i18n);
    return {
      provide: { i18n: { t: i18n.global.t as (key: string, values?: Record<string, unknown>) => string } },
    };
  },
});

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The web app is a single page app: the API serves web/.output/public at the root. Nothing is fetched while building. */
export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  modules: ['@nuxt/ui'],
  css: ['~/assets/css/main.css'],
  ssr: false,
  telemetry: { enabled: false },
  devtools: { enabled: false },
  experimental: { entryImportMap: false, appManifest: false },
  ui: { fonts: false },
  colorMode: { preference: 'system', fallback: 'light', classSuffix: '' },
  icon: {
    serverBundle: 'local',
    clientBundle: {
      scan: { globInclude: ['app/**/*.{vue,ts}'], globExclude: ['node_modules', '.nuxt', '.output'] },
      sizeLimitKb: 512,
    },
    fallbackToApi: false,
    provider: 'none',
  },
  components: [{ path: '~/components', pathPrefix: false }],
  imports: {
    presets: [
      { from: 'vue-i18n', imports: ['useI18n'] },
      { from: '@vueuse/core', imports: ['refDebounced', 'useDebounceFn'] },
    ],
  },
  typescript: { strict: true, tsConfig: { compilerOptions: { allowImportingTsExtensions: true } } },
  app: {
    head: {
      htmlAttrs: { lang: 'en' },
      title: 'Weftline',
      meta: [
        { name: 'viewport', content: 'width=device-width, initial-scale=1' },
        { name: 'description', content: 'Workflow automation whose runs can be trusted.' },
      ],
      link: [{ rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }],
    },
  },
  vite: {
    define: {
      __VUE_I18N_FULL_INSTALL__: true,
      __VUE_I18N_LEGACY_API__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
    },
    server: { proxy: { '/api': process.env.WEFTLINE_URL ?? 'http://127.0.0.1:3000' } },
    optimizeDeps: { exclude: ['@weftline/connectors'] },
  },
  hooks: {
    // Inline scripts become files, so that the content security policy needs neither 'unsafe-inline' nor hashes.
    'nitro:init'(nitro) {
      nitro.hooks.hook('prerender:generate', async (route) => {
        if (!route.fileName?.endsWith('.html') || typeof route.contents !== 'string') return;
        const folder = join(nitro.options.output.publicDir, '_nuxt');
        await mkdir(folder, { recursive: true });
        const files = new Map<string, string>();
        route.contents = route.contents.replace(/<script>([\s\S]*?)<\/script>/g, (_whole, text: string) => {
          const name = `inline-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.js`;
          files.set(name, text);
          return `<script src="/_nuxt/${name}"></script>`;
        });
        await Promise.all([...files].map(([name, text]) => writeFile(join(folder, name), text)));
      });
    },
  },
});

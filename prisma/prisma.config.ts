// The Prisma command line's settings. No engine binary can be downloaded everywhere, so tools/schema-engine.mjs stands in.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= fileURLToPath(
  new URL('./tools/schema-engine.mjs', import.meta.url),
);
process.env.PRISMA_HIDE_UPDATE_MESSAGE ??= '1';
process.env.CHECKPOINT_DISABLE ??= '1';

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  datasource: { url: process.env.MIGRATION_DATABASE_URL ?? 'postgresql://127.0.0.1:1/unset' },
});

// Two projects: everything that runs in Node, and the journeys through a real browser.
import { defineConfig } from 'vitest/config';

const everywhere = [
  '**/node_modules/**',
  '**/.output/**',
  '**/.nuxt/**',
  '**/.data/**',
  'prisma/generated/**',
];

export default defineConfig({
  test: {
    // Most files wait for a database or a socket; more workers than cores only make them wait for each other.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...everywhere, 'web/tests/**'],
          pool: 'forks',
          // Generous, because nothing is proven by failing on a machine that is busy with something else.
          testTimeout: 60_000,
          // A loaded machine is slow, not wrong.
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['web/tests/**/*.test.ts'],
          exclude: everywhere,
          pool: 'forks',
          testTimeout: 180_000,
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 180_000,
        },
      },
    ],
  },
});

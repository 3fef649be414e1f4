import { expect, test } from 'vitest';
import { findCycles } from './layers/find-cycles.ts';
import { findImportFaults } from './layers/find-import-faults.ts';
import { findNameFaults } from './layers/find-name-faults.ts';
import { readImports } from './layers/read-imports.ts';

const file = (path: string, ...names: string[]): { path: string; text: string } => ({
  path,
  text: names.map((name) => (name.startsWith('import') ? name : `import { x } from '${name}';`)).join('\n'),
});
const faultsOf = (path: string, ...names: string[]): string[] => findImportFaults([file(path, ...names)]);

test('imports to the left are fine', () => {
  const fine = [
    file('api/src/app.ts', '@weftline/runner/platform/env', '@weftline/prisma', './x.ts', 'hono', 'node:fs'),
    file('runner/src/runs/a.ts', '@weftline/connectors/json', '../platform/errors.ts'),
    file('web/app/app.vue', '@weftline/connectors/expression', '~/utils/a', 'vue'),
    file('web/app/b.ts', "import type { A } from '@weftline/api/app';"),
    file('web/tests/a.test.ts', '../../scripts/testing/start-product.ts'),
    file('scripts/a.ts', '../runner/src/platform/env.ts'),
  ];
  expect(findImportFaults(fine)).toEqual([]);
});

test('an import to the right is caught, by name, by path and as a type', () => {
  expect(faultsOf('runner/src/a.ts', '@weftline/api/app')).toHaveLength(1);
  expect(faultsOf('connectors/src/a.ts', '../../runner/src/engine.ts')).toHaveLength(1);
  expect(faultsOf('prisma/client.ts', '@weftline/connectors/json')).toHaveLength(1);
  expect(faultsOf('runner/src/a.ts', "import type { A } from '@weftline/api/app';")).toHaveLength(1);
  expect(faultsOf('connectors/src/a.ts', "import('@weftline/prisma')")).toHaveLength(1);
  expect(faultsOf('web/app/a.ts', '@weftline/runner/engine')).toHaveLength(1);
});

test('the web takes types of the API and nothing else', () => {
  const [fault] = faultsOf('web/app/a.ts', '@weftline/api/app');
  expect(fault).toContain("the API's types alone");
  expect(faultsOf('web/app/a.ts', "import { type A, type B } from '@weftline/api/app';")).toEqual([]);
  expect(faultsOf('web/app/a.ts', "import { type A, b } from '@weftline/api/app';")).toHaveLength(1);
});

test('a package is imported by its name from outside and by paths from inside', () => {
  expect(faultsOf('api/src/a.ts', '../../runner/src/engine.ts')[0]).toContain('@weftline/runner');
  expect(faultsOf('runner/src/a.ts', '@weftline/runner/engine')[0]).toContain('relative');
});

test('the product uses neither scripts nor what is for tests', () => {
  expect(faultsOf('api/src/a.ts', '../../scripts/start-product.ts')).toHaveLength(1);
  expect(faultsOf('api/src/a.ts', '@weftline/prisma/testing/start-test-database')).toHaveLength(1);
  expect(faultsOf('api/src/a.test.ts', '@weftline/prisma/testing/start-test-database')).toEqual([]);
});

test('the executor knows no table, and deciding what comes next is pure', () => {
  expect(faultsOf('runner/src/executor/send.ts', '@weftline/prisma')[0]).toContain('no table');
  expect(faultsOf('runner/src/executor/send.ts', '../queues/bell.ts')).toHaveLength(1);
  expect(faultsOf('runner/src/workflow/next-step.ts', '../journal/append.ts')[0]).toContain('pure');
  expect(faultsOf('runner/src/workflow/next-step.ts', './types.ts', '../platform/errors.ts')).toEqual([]);
  expect(faultsOf('runner/src/workflow/fold.ts', "import type { E } from '../journal/events.ts';")).toEqual(
    [],
  );
});

test('a cycle is found over relative paths and package names, and told as the way round', () => {
  const cycle = [
    file('api/src/a.ts', './b.ts'),
    file('api/src/b.ts', '@weftline/runner/c'),
    file('runner/src/c.ts', '../../api/src/a.ts'),
    file('runner/src/d.ts', './c.ts'),
  ];
  expect(findCycles(cycle)).toEqual(['api/src/a.ts -> api/src/b.ts -> runner/src/c.ts -> api/src/a.ts']);
  expect(findCycles([file('api/src/a.ts', './a.ts')])).toEqual(['api/src/a.ts -> api/src/a.ts']);
  expect(findCycles(cycle.slice(0, 2))).toEqual([]);
});

test('imports in comments and strings do not count, those over several lines do', () => {
  const text = [
    "// import { a } from './comment.ts';",
    "/* import { a } from './block.ts'; */",
    `const example = "import { a } from './string.ts'";`,
    'import {\n  a,\n  type B,\n} from "./lines.ts";',
    "export * from './all.ts';",
    "import './effect.ts';",
  ].join('\n');
  expect(readImports(text).map((one) => one.name)).toEqual(['./lines.ts', './all.ts', './effect.ts']);
});

test('names that follow the rules pass, others are caught', () => {
  const right = [
    'api/src/runs/list-runs.ts',
    'api/src/runs/list-runs.test.ts',
    'web/app/components/workflow/StepCard.vue',
    'web/app/pages/workflows/[id].vue',
    'web/app/composables/useRun.ts',
    'prisma/migrations/20261121000001_tables/migration.sql',
    'README.md',
  ];
  expect(findNameFaults(right)).toEqual([]);
  const wrong = [
    'api/src/runs/listRuns.ts',
    'api/src/Runs/list.ts',
    'web/app/components/step-card.vue',
    'web/app/pages/Workflows.vue',
    'packages/core/a.ts',
  ];
  expect(findNameFaults(wrong)).toHaveLength(wrong.length);
});

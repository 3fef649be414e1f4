import type { SourceFile } from './list-sources.ts';
import { readImports } from './read-imports.ts';
import { packageNames, resolveImport } from './resolve-import.ts';

/** connectors, prisma -> runner -> api -> web: what each may import of the others. */
const mayImport: Record<string, readonly string[]> = {
  connectors: [],
  prisma: [],
  runner: ['connectors', 'prisma'],
  api: ['connectors', 'prisma', 'runner'],
  web: ['connectors'],
  scripts: packageNames,
};

/** Folders inside a package with a promise of their own: what they may import, as beginnings of paths. */
const walls: { folder: string; mayImport: readonly string[]; typesAreFree: boolean; because: string }[] = [
  {
    folder: 'runner/src/executor/',
    mayImport: ['runner/src/executor/', 'runner/src/platform/', 'connectors/'],
    typesAreFree: false,
    because: 'the executor knows no queue and no table',
  },
  {
    folder: 'runner/src/workflow/',
    // When a schedule fires next, and how far a zone's clock is from UTC, is pure as well.
    mayImport: [
      'runner/src/workflow/',
      'runner/src/platform/errors.ts',
      'runner/src/triggers/next-fire.ts',
      'runner/src/triggers/find-offset.ts',
      'connectors/',
    ],
    // A type leaves nothing at run time, so the code stays a plain function of its arguments.
    typesAreFree: true,
    because: 'deciding what comes next is pure',
  },
];

// isolation/ holds what the matrix of foreign ids is generated from.
const isTest = (path: string): boolean => /\.test\.ts$|(^|\/)(tests|testing|isolation)\//.test(path);
const isTestOnly = (path: string): boolean => isTest(path) || path.startsWith('scripts/testing/');

/** Imports against the arrow, one sentence each. */
export function findImportFaults(sources: readonly SourceFile[]): string[] {
  const known = new Set(sources.map((source) => source.path));
  return sources.flatMap((source) =>
    readImports(source.text).flatMap(({ name, isTypeOnly }) => {
      const target = resolveImport(source.path, name, (path) => known.has(path));
      if (target === null) return [];
      const why = judge(source.path, name, target, isTypeOnly);
      return why === null ? [] : [`${source.path}: imports ${name}: ${why}`];
    }),
  );
}

function judge(from: string, name: string, target: string, isTypeOnly: boolean): string | null {
  const [home = ''] = from.split('/');
  const [house = ''] = target.split('/');
  if (target.startsWith('..')) return 'it lies outside the repository';
  if (!isTest(from) && home !== 'scripts' && isTestOnly(target))
    return 'only tests may use what is for tests';
  if (!packageNames.includes(home)) return null;
  if (house === 'scripts') return isTest(from) ? null : 'scripts use the product, not the other way round';
  if (home === house) {
    if (name.startsWith('@weftline/')) return 'inside a package paths are relative';
    return judgeWall(from, target, isTypeOnly);
  }
  if (!packageNames.includes(house)) return null;
  if (home === 'web' && house === 'api') {
    return isTypeOnly ? null : "the web may take the API's types alone (import type)";
  }
  if (!mayImport[home]?.includes(house)) return `${home} must not know ${house}`;
  if (name.startsWith('.')) return `another package is imported by its name, @weftline/${house}/…`;
  return judgeWall(from, target, isTypeOnly);
}

function judgeWall(from: string, target: string, isTypeOnly: boolean): string | null {
  const wall = isTest(from) ? undefined : walls.find((one) => from.startsWith(one.folder));
  if (!wall || (isTypeOnly && wall.typesAreFree)) return null;
  if (wall.mayImport.some((beginning) => target.startsWith(beginning))) return null;
  return wall.because;
}

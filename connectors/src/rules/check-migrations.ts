/** A migration leads to what is there: known keys, paths that are paths, versions in order. */
import { compareVersions } from '../compare-versions.ts';
import { parsePath } from '../expression/parse-path.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Connector, Migration, MigrationOperation } from '../types.ts';
import type { Rule } from './list-requests.ts';

const needed: { [op in MigrationOperation['op']]: readonly (keyof MigrationOperation)[] } = {
  move: ['from', 'to'],
  remove: ['path'],
  set: ['path', 'value'],
  wrap: ['path'],
  unwrap: ['path'],
  mapValues: ['path', 'map'],
};

export const checkMigrations: Rule = (connector) =>
  (connector.migrations ?? []).flatMap((migration, index) =>
    checkMigration(connector, migration, pointer('/migrations', index)),
  );

function checkMigration(connector: Connector, migration: Migration, path: string): Problem[] {
  const found: Problem[] = [];
  if (compareVersions(migration.to, connector.version) > 0)
    found.push(
      problem(
        `${path}/to`,
        'bad_version',
        `Leads to ${migration.to}, which is newer than this version, ${connector.version}.`,
      ),
    );
  if (isBegunBy(migration.to, migration.from))
    found.push(
      problem(`${path}/from`, 'bad_version', `Version ${migration.to} is among ${migration.from} itself.`),
    );
  for (const part of ['inputs', 'outputs'] as const)
    migration[part]?.forEach(({ of, operations }, index) => {
      const here = pointer(path, part, index);
      if (
        ![...connector.actions, ...(connector.triggers ?? [])].some(({ key }) => key === of) &&
        !isLater(connector, migration)
      )
        found.push(
          problem(
            `${here}/of`,
            'unknown_action',
            `There is no action or trigger ${quote(of)} in this connector.`,
          ),
        );
      operations.forEach((operation, at) =>
        found.push(...checkOperation(operation, pointer(here, 'operations', at))),
      );
    });
  if (isLater(connector, migration)) return found;
  for (const part of ['actions', 'triggers'] as const)
    for (const [former, key] of Object.entries(migration[part] ?? {}))
      if (!(connector[part] ?? []).some((one) => one.key === key))
        found.push(
          problem(
            pointer(path, part, former),
            'unknown_action',
            `There is no ${part.slice(0, -1)} ${quote(key)} in this connector.`,
          ),
        );
  return found;
}

/** Keys of a migration to an older version may have been renamed since by a later one. */
function isLater(connector: Connector, migration: Migration): boolean {
  return (connector.migrations ?? []).some((other) => compareVersions(other.to, migration.to) > 0);
}

function isBegunBy(version: string, range: string): boolean {
  return range.endsWith('x') && version.startsWith(range.slice(0, -1));
}

function checkOperation(operation: MigrationOperation, path: string): Problem[] {
  const found: Problem[] = [];
  const known = new Set<string>([
    'op',
    ...needed[operation.op],
    ...(operation.op === 'set' ? ['ifAbsent'] : []),
  ]);
  for (const name of needed[operation.op])
    if (operation[name] === undefined)
      found.push(problem(`${path}/${name}`, 'missing_key', `The operation ${operation.op} needs "${name}".`));
  for (const name of Object.keys(operation))
    if (!known.has(name))
      found.push(
        problem(
          pointer(path, name),
          'unknown_key',
          `"${name}" does not belong to ${operation.op}; take it out.`,
        ),
      );
  for (const name of ['from', 'to', 'path'] as const) {
    const value = operation[name];
    if (value === undefined) continue;
    try {
      const parts = parsePath(value);
      if (parts.length === 0 || parts.some(({ kind }) => kind === 'each'))
        found.push(problem(`${path}/${name}`, 'bad_path', 'Must name one place, without [*].'));
    } catch (error) {
      found.push(
        problem(`${path}/${name}`, 'bad_path', error instanceof Error ? error.message : 'This is no path.'),
      );
    }
  }
  return found;
}

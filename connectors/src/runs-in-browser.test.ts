import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

/** Every module that the door of the package pulls in, by its own imports. */
function reach(file: string, found = new Map<string, string[]>()): Map<string, string[]> {
  if (found.has(file)) return found;
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/^(?:import|export)(?! type)[^'";]*? from '([^']+)'/gms)].map(
    ([, name]) => name!,
  );
  found.set(file, imports);
  for (const name of imports) if (name.startsWith('.')) reach(join(dirname(file), name), found);
  return found;
}

test('nothing behind the door of the package needs Node', () => {
  const modules = reach(join(import.meta.dirname, 'index.ts'));
  expect(modules.size).toBeGreaterThan(40);
  const outside = [...modules].flatMap(([file, imports]) =>
    imports
      .filter((name) => !name.startsWith('.') && !/^(ajv|ajv-formats|jsep|re2js)(\/|$)/.test(name))
      .map((name) => `${relative(import.meta.dirname, file)}: ${name}`),
  );
  expect(outside).toEqual([]);
  for (const file of modules.keys())
    expect(readFileSync(file, 'utf8'), file).not.toMatch(
      /\bprocess\.(env|argv|cwd|on)|\bBuffer\.|\brequire\(/,
    );
});

test('where code must not be made from text, connectors are still checked, and the checks that need it are left to the server', () => {
  const script = `
    const { validateConnector } = await import(${JSON.stringify(join(import.meta.dirname, 'validate-connector.ts'))});
    const { loadApps } = await import(${JSON.stringify(join(import.meta.dirname, 'load-apps.ts'))});
    const sound = loadApps().flatMap((app) => validateConnector(app, 'publish'));
    const broken = validateConnector({ ...loadApps()[0], version: 'x' }, 'publish').map(({ path }) => path);
    console.log(JSON.stringify({ sound, broken }));`;
  const done = spawnSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  expect(done.stderr).toBe('');
  expect(JSON.parse(done.stdout)).toEqual({ sound: [], broken: ['/version'] });
});

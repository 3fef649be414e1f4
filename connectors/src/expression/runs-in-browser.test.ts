import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const folder = import.meta.dirname;
const allowedPackages = new Set(['jsep', 're2js']);

it('the expression language imports nothing that a browser lacks', () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(source, file).not.toMatch(/\b(process|Buffer|require|__dirname|setImmediate)\b[.([]/);
    for (const [, name = ''] of source.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)) {
      if (name.startsWith('.')) visit(resolve(dirname(file), name));
      else expect(allowedPackages, `${file} imports ${name}`).toContain(name);
    }
  };
  visit(join(folder, '../expression.ts'));
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  for (const file of own) visit(join(folder, file));
  expect(seen.size).toBeGreaterThan(30);
});

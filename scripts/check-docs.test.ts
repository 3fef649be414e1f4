// What the documents say is held against what is there.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { errorTable } from '../runner/src/platform/errors.ts';
import { environmentSchema } from '../runner/src/platform/env.ts';
import { listFiles, readSources } from './layers/list-sources.ts';

const root = join(import.meta.dirname, '..');
const paths = listFiles(root);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = paths.filter((path) => path.endsWith('.md'));
const namesIn = (text: string, pattern: RegExp): string[] =>
  [...new Set(text.match(pattern) ?? [])].toSorted();

test('every link to a file of ours leads somewhere', () => {
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('every file that a document names is there', () => {
  const folders = 'api|connectors|docs|prisma|runner|scripts|web';
  const named = new RegExp(`\`((?:${folders})/[\\w./-]+\\.[a-z]+)\``, 'g');
  const missing = documents.flatMap((path) =>
    [...read(path).matchAll(named)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${path}: ${target}`),
  );
  expect(missing).toEqual([]);
});

test('the metrics of OBSERVABILITY.md are those that the code makes', () => {
  const code = readSources(
    root,
    paths.filter((path) => /^(api|runner)\/src\//.test(path) && !path.endsWith('.test.ts')),
  );
  const text = code.map((source) => source.text).join('\n');
  const made = namesIn(text, /\bweftline_[a-z_]+_(?:total|seconds|depth|running|waiting)\b/g);
  const base = (name: string): string => name.replace(/_(count|sum|bucket)$/, '');
  const told = namesIn(read('docs/OBSERVABILITY.md'), /\bweftline_[a-z_]+\b/g).map(base);
  expect([...new Set(told)]).toEqual(made);
});

test('the error codes and settings that documents name exist', () => {
  const runbook = read('docs/runbooks/high-error-rate-or-queue-backup.md');
  const codes = [...runbook.matchAll(/^\| `([a-z_]+)`(?:, `([a-z_]+)`)?/gm)].flatMap(([, ...some]) => some);
  const engineCodes = ['unresolved_path'];
  const known = [...Object.keys(errorTable), ...engineCodes];
  expect(codes.filter((code) => code !== undefined && !known.includes(code))).toEqual([]);
  const settings = Object.keys(environmentSchema.shape);
  const named = namesIn(read('docs/operating.md'), /\b[A-Z]+_[A-Z_]+\b/g);
  const ofCompose = ['APP_PASSWORD', 'POSTGRES_PASSWORD'];
  expect(named.filter((name) => ![...settings, ...ofCompose].includes(name))).toEqual([]);
});

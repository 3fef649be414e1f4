import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type SourceFile = { path: string; text: string };

const notOurs = ['node_modules', '.git', '.nuxt', '.output', '.data', 'dist', 'test-results', 'generated'];

/**
 * Every file of the checkout that a person wrote, as paths with slashes relative to the root. What tools made
 * (packages, builds, data) is left out by name, so that this also works without git.
 */
export function listFiles(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !notOurs.includes(entry.name) && !/\.log$|^\.env$/.test(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? listFiles(root, path) : [path];
    })
    .toSorted();
}

/** The code among the files, with its text; of a Vue file only what stands in its script blocks. */
export function readSources(root: string, paths: readonly string[]): SourceFile[] {
  return paths
    .filter((path) => /\.(ts|mjs|js|vue)$/.test(path))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text: path.endsWith('.vue') ? scriptsOf(text) : text };
    });
}

function scriptsOf(text: string): string {
  return [...text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n');
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentSchema } from '../runner/src/platform/env.ts';
import { fillTable, renderEnvExample } from './generate-env-example.ts';

const text = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8');

test('.env.example is what the schema says', () => {
  expect(text).toBe(renderEnvExample());
});

test('the table in README.md is what the schema says', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  // The formatter aligns the columns.
  const squeeze = (document: string): string => document.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');
  expect(squeeze(readme)).toBe(squeeze(fillTable(readme)));
});

test('every setting stands in it once, with a comment, its default and its choices', () => {
  for (const name of Object.keys(environmentSchema.shape)) {
    expect(text.match(new RegExp(`^#${name}=`, 'gm')), name).toHaveLength(1);
  }
  expect(text).toContain('#PORT=3000\n');
  expect(text).toContain('One of: all, api, runner.\n#WEFTLINE_ROLE=all\n');
  expect(text).not.toMatch(/^#\s*\n#[A-Z]/m);
});

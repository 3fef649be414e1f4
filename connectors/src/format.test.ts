import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { describeShapeErrors, type ShapeError } from './describe-shape-error.ts';
import { generateSchemas, generateValidator, schemasFile, validatorFile } from './generate-validator.ts';
import { formatDirectory, readFormat } from './read-format.ts';

type Cases = { right: unknown[]; wrong: { title: string; value: unknown; path: string }[] };

const format = readFormat();
const ajv = new Ajv2020({ allErrors: true, strict: false, ownProperties: true });
ajv.addVocabulary(['tsType', 'x-says']);
for (const schema of format.values()) ajv.addSchema(schema);

const cases = [...format.keys()].map((name) => ({
  name,
  ...(JSON.parse(readFileSync(join(formatDirectory, 'cases', `${name}.json`), 'utf8')) as Cases),
}));

test.each(cases)('$name takes what is right', ({ name, right }) => {
  const validate = ajv.getSchema(`${name}.schema.json`)!;
  expect(right.length).toBeGreaterThan(0);
  for (const value of right) expect(validate(value), JSON.stringify(value)).toBe(true);
});

const wrong = cases.flatMap(({ name, wrong: list }) => list.map((entry) => ({ name, ...entry })));

test.each(wrong)('$name refuses $title at "$path"', ({ name, value, path }) => {
  const validate = ajv.getSchema(`${name}.schema.json`)!;
  expect(validate(value)).toBe(false);
  const problems = describeShapeErrors(validate.errors as ShapeError[]);
  expect(problems.map((problem) => problem.path)).toContain(path);
});

test('every schema that can refuse anything has a wrong case', () => {
  expect(cases.filter(({ wrong: list }) => list.length === 0).map(({ name }) => name)).toEqual([
    'template-value',
  ]);
});

test('objects of the format refuse unknown members', () => {
  const open = [...format].filter(
    ([, schema]) => schema['properties'] !== undefined && schema['additionalProperties'] !== false,
  );
  expect(open.map(([name]) => name)).toEqual([]);
});

test('the validator in use is the one the format generates (else run: node connectors/src/generate-validator.ts)', () => {
  expect(readFileSync(validatorFile, 'utf8') === generateValidator()).toBe(true);
  expect(readFileSync(schemasFile, 'utf8') === generateSchemas()).toBe(true);
});

test('the validator in use needs no code made from text, which a strict browser forbids', () => {
  expect(readFileSync(validatorFile, 'utf8')).not.toMatch(/new Function|\beval\(|require\(/);
});

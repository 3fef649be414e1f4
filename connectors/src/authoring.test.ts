import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { validateConnector } from './validate-connector.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/authoring.md'), 'utf8');

test('the connector in the guide for authors can be published as it stands', () => {
  const documents = [...guide.matchAll(/```json\n([\s\S]*?)\n```/g)].map(
    ([, text]) => JSON.parse(text!) as unknown,
  );
  expect(documents).toHaveLength(1);
  expect(documents.flatMap((document) => validateConnector(document, 'publish'))).toEqual([]);
});

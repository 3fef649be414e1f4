import { validateConnector } from '@weftline/connectors/validate-connector';
import { expect, it } from 'vitest';
import { newConnector } from './connector-template.ts';

it('starts a new connector with one that could be published as it is', () => {
  expect(validateConnector(newConnector, 'publish')).toEqual([]);
});

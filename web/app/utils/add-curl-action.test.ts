import { importCurl } from '@weftline/connectors/import-curl/index';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { expect, it } from 'vitest';
import type { Connector } from '../types/api.ts';
import { addActions } from './add-curl-action.ts';
import { newConnector } from './connector-template.ts';

const before = (more: object = {}) => ({ ...newConnector, ...more }) as unknown as Connector;
function made(line: string): Connector {
  const answer = importCurl(line);
  if ('problem' in answer) throw new Error(answer.problem);
  return answer.definition;
}

it('adds the action of a line at the same address, with a key of its own', () => {
  const once = addActions(before(), made('curl https://api.example.com/things'));
  const twice = addActions(once, made('curl https://api.example.com/things'));
  expect(twice.actions.map(({ key }) => key)).toEqual(['create-item', 'get-things', 'get-things-2']);
  expect(twice.servers).toBeUndefined();
  expect(validateConnector(twice, 'publish')).toEqual([]);
});

it('takes the path of the base address off', () => {
  const next = addActions(
    before({ baseUrl: 'https://api.example.com/v2' }),
    made('curl https://api.example.com/v2/things'),
  );
  expect(next.actions[1]?.endpointTemplate).toBe('/things');
});

it('keeps another address as a server, once', () => {
  const line = made('curl https://files.example.net/things');
  const next = addActions(addActions(before({ allowedHosts: ['api.example.com'] }), line), line);
  expect(next.servers).toEqual({ server: 'https://files.example.net' });
  expect(next.allowedHosts).toEqual(['api.example.com', 'files.example.net']);
  expect(next.actions.slice(1).map(({ server }) => server)).toEqual(['server', 'server']);
  expect(validateConnector(next, 'publish')).toEqual([]);
});

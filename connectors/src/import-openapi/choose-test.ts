/** Which request proves that credentials work: the plainest one that reads something and needs nothing. */
import type { Action, Auth, Connector, Request } from '../types.ts';
import type { Source } from './source.ts';

const telling =
  /(^|-)(me|whoami|self|ping|account|user|users|profile|status|info|current|verify|authenticated)(-|$)/;

/** Adds `test` to every way to sign in that holds credentials. */
export function addTests(source: Source, auth: Auth[], connector: Connector): Auth[] {
  if (auth.every(({ type }) => type === 'NONE')) return auth;
  const [best] = connector.actions
    .filter(isCandidate)
    .toSorted((a, b) => score(a) - score(b) || (a.key < b.key ? -1 : 1));
  const test: Auth['test'] = best ? { action: best.key } : anyAnswer;
  source.warn(
    best
      ? `Connections are tested with "${best.key}"; choose another action under auth.test where that one works without credentials.`
      : 'No operation reads something without input, so connections are tested by whether the address of the API refuses them; name a better request under auth.test.',
  );
  return auth.map((way) => (way.type === 'NONE' ? way : { ...way, test }));
}

/** The address of the API itself, for which anything but a refusal is good. */
const anyAnswer: Request = {
  method: 'GET',
  endpointTemplate: '/',
  successWhen: '{{status != 401 && status != 403 && status < 500}}',
};

function isCandidate(action: Action): boolean {
  if (action.method !== 'GET' || action.auth === 'none' || action.deprecated) return false;
  return [action.pathSchema, action.querySchema, action.headersSchema, action.cookiesSchema].every(
    (schema) => {
      const required = schema?.['required'];
      return !Array.isArray(required) || required.length === 0;
    },
  );
}

/** Lower is better: what speaks of the account before what is short, and what answers JSON before the rest. */
function score({ key, endpointTemplate, outputSchema, server }: Action): number {
  const segments = endpointTemplate.split('/').length;
  return (
    (telling.test(key) || telling.test(endpointTemplate.replaceAll('/', '-')) ? 0 : 10) +
    segments +
    (Object.keys(outputSchema).length === 0 ? 5 : 0) +
    (server === undefined ? 0 : 20)
  );
}

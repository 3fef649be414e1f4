/** Ways to sign in that a cURL line shows. The credentials themselves are never kept. */
import type { Auth, Placement } from '../types.ts';
import { secretName } from './infer-schema.ts';
import type { CurlCall } from './parse-curl.ts';

export type CurlAuth = {
  auth: Auth | null;
  /** What is left of headers and query when credentials are taken out. */
  headers: [string, string][];
  query: [string, string][];
};

const secretHeader =
  /^(x-)?(api|access|auth|app|private|secret|client)?[-_]?(key|token|secret|auth|authorization|signature|password)$|token$|api-?key$/i;
const secretQuery = /^(api_?key|key|access_?token|token|auth|secret|client_secret|password|sig|signature)$/i;

export function readAuth(call: CurlCall, query: [string, string][]): CurlAuth {
  const placements: Placement[] = [];
  const headers: [string, string][] = [];
  let isBasic = call.user !== null;
  for (const [name, value] of call.headers) {
    const lower = name.toLowerCase();
    if (lower === 'authorization' && /^basic\b/i.test(value)) isBasic = true;
    else if (lower === 'authorization' || lower === 'proxy-authorization') {
      const scheme = /^([A-Za-z][\w-]*)\s+\S/.exec(value)?.[1];
      if (lower === 'authorization')
        placements.push({
          in: 'header',
          name,
          value: `${scheme === undefined ? '' : `${scheme} `}{{credentials.apiKey}}`,
        });
    } else if (secretHeader.test(name) || secretName.test(name))
      placements.push({ in: 'header', name, value: '{{credentials.apiKey}}' });
    else headers.push([name, value]);
  }
  const open = query.filter(([name]) => {
    if (!secretQuery.test(name)) return true;
    placements.push({ in: 'query', name, value: '{{credentials.apiKey}}' });
    return false;
  });
  return { auth: writeAuth(isBasic, placements), headers, query: open };
}

function writeAuth(isBasic: boolean, placements: Placement[]): Auth | null {
  if (isBasic) return { key: 'basic', label: 'User name and password', type: 'BASIC' };
  const [first, ...others] = placements;
  if (!first) return null;
  const base: Auth = { key: 'key', label: 'API key', type: 'API_KEY' };
  if (others.length === 0) {
    const isPreset =
      first.in === 'header' && /^authorization$/i.test(first.name) && first.value.startsWith('Bearer ');
    return isPreset ? base : { ...base, apply: [first] };
  }
  const names = others.map((_, at) => `secret${at + 2}`);
  return {
    ...base,
    credentialsSchema: {
      type: 'object',
      properties: Object.fromEntries(
        names.map((name, at) => [
          name,
          { type: 'string', minLength: 1, 'x-label': others[at]!.name, 'x-secret': true },
        ]),
      ),
      required: names,
    },
    apply: [
      first,
      ...others.map((placement, at) => ({
        ...placement,
        value: placement.value.replace('credentials.apiKey', `credentials.${names[at]!}`),
      })),
    ],
  };
}

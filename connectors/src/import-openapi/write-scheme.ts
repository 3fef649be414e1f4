/** One security scheme of a document as the ways to sign in that our format has; flows of OAuth2 are one each. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { placementsOf } from '../schemas/fixed-credentials.ts';
import { readAddress } from '../rules/read-address.ts';
import type { Auth, OAuth2, Placement } from '../types.ts';
import { humanize, keyFrom } from './name-actions.ts';
import { lookUp, membersOf, shorten, textOf, type Source } from './source.ts';

export type Scheme = {
  name: string;
  auth: Auth;
  /** It takes the Authorization header, which one scheme can have. */
  isBearer: boolean;
  /** Where its credentials go when `apply` is left out. */
  preset: Placement[];
};

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** Schemes that answer a question of the server, which no fixed header can. */
const interactive = /^(digest|negotiate|ntlm|hoba|mutual|scram-.*|vapid)$/i;

/** @returns nothing for a scheme that we cannot express, which is said in a warning */
export function writeScheme(source: Source, name: string, scheme: JsonObject, scopes: Json[]): Scheme[] {
  const type = textOf(scheme['type'])?.toLowerCase();
  const base = {
    key: keyFrom(name, 'auth'),
    label: shorten(humanize(name) || 'Sign in', 100, true),
    ...helpOf(scheme),
  };
  const way = (auth: Auth, isBearer = false): Scheme => ({
    name,
    auth,
    isBearer,
    preset: placementsOf(auth),
  });
  const bearer = (why?: string): Scheme[] => {
    if (why) source.warn(`${name}: ${why} A token that was made elsewhere can be typed in.`);
    return [way({ ...base, type: 'API_KEY' }, true)];
  };
  if (type === 'apikey') return writeKey(source, name, scheme, (auth) => way({ ...base, ...auth }));
  if (type === 'basic') return [way({ ...base, type: 'BASIC' }, true)];
  if (type === 'http') {
    const word = textOf(scheme['scheme']) ?? 'bearer';
    if (/^basic$/i.test(word)) return [way({ ...base, type: 'BASIC' }, true)];
    if (/^bearer$/i.test(word)) return bearer();
    if (interactive.test(word) || !/^[A-Za-z][A-Za-z0-9._-]*$/.test(word)) {
      source.warn(`${name}: the scheme "${word}" cannot be used by itself; a header can be typed in.`);
      return [way({ ...base, type: 'CUSTOM_HEADER' })];
    }
    const value = `${word} {{credentials.apiKey}}`;
    return [way({ ...base, type: 'API_KEY', apply: [{ in: 'header', name: 'Authorization', value }] }, true)];
  }
  if (type === 'oauth2') {
    const flows = flowsOf(source, scheme).flatMap(([flow, value]) => {
      const auth = writeFlow(source, flow, value, scopes);
      const named = {
        key: keyFrom(`${name} ${flow}`, 'auth'),
        label: shorten(`${base.label} (${lookUp(flowWords, flow) ?? flow})`, 100, true),
      };
      return auth ? [way({ ...base, ...named, ...auth }, true)] : [];
    });
    const [only] = flows;
    if (flows.length === 1 && only)
      return [{ ...only, auth: { ...only.auth, key: base.key, label: base.label } }];
    return flows.length > 0 ? flows : bearer('none of its OAuth2 flows gives a token to a server.');
  }
  if (type === 'openidconnect') return bearer('OpenID Connect is not discovered here.');
  source.warn(`${name}: the type "${type ?? ''}" cannot be used.`);
  return [];
}

function helpOf(scheme: JsonObject): { description?: string } {
  const description = textOf(scheme['description']);
  return description === undefined ? {} : { description: shorten(description, 1000) };
}

function writeKey(
  source: Source,
  name: string,
  scheme: JsonObject,
  way: (auth: Pick<Auth, 'type' | 'apply'>) => Scheme,
): Scheme[] {
  const parameter = textOf(scheme['name']) ?? '';
  const place = textOf(scheme['in'])?.toLowerCase();
  const value = '{{credentials.apiKey}}';
  const placed = (placement: Placement): Scheme[] => [way({ type: 'API_KEY', apply: [placement] })];
  const isHeader = headerName.test(parameter);
  if (place === 'query' && parameter !== '' && parameter.length <= 200 && !parameter.includes('{{'))
    return placed({ in: 'query', name: parameter, value });
  if (place === 'cookie' && isHeader)
    return placed({ in: 'header', name: 'Cookie', value: `${parameter}=${value}` });
  if (place !== 'query' && isHeader) {
    const placement: Placement = { in: 'header', name: parameter, value };
    const found = placed(placement);
    return /^authorization$/i.test(parameter)
      ? found.map((scheme) => ({ ...scheme, isBearer: true }))
      : found;
  }
  source.warn(`${name}: ${JSON.stringify(parameter)} is no name of a ${place ?? 'header'}.`);
  return [];
}

const flowWords: { [flow: string]: string } = {
  authorizationCode: 'sign in in the browser',
  clientCredentials: 'client credentials',
  password: 'password',
  implicit: 'implicit',
};
const oldFlows: { [flow: string]: string } = {
  accessCode: 'authorizationCode',
  application: 'clientCredentials',
};

function flowsOf(source: Source, scheme: JsonObject): [string, JsonObject][] {
  if (source.version === 2) {
    const flow = String(scheme['flow'] ?? '');
    return [[lookUp(oldFlows, flow) ?? flow, scheme]];
  }
  return membersOf(scheme['flows']).flatMap(([flow, value]): [string, JsonObject][] =>
    isJsonObject(value) ? [[flow, value]] : [],
  );
}

const grants: { [flow: string]: OAuth2['grant'] } = {
  authorizationCode: 'authorization_code',
  clientCredentials: 'client_credentials',
  password: 'password',
};

function writeFlow(
  source: Source,
  flow: string,
  given: JsonObject,
  asked: Json[],
): Pick<Auth, 'type' | 'oauth2' | 'credentialsSchema'> | null {
  const grant = lookUp(grants, flow);
  const tokenUrl = addressOf(source, given['tokenUrl']);
  const authorizationUrl = addressOf(source, given['authorizationUrl']);
  if (grant === undefined || tokenUrl === null) return null;
  if (grant === 'authorization_code' && authorizationUrl === null) return null;
  const refreshUrl = addressOf(source, given['refreshUrl']);
  const scopes = membersOf(given['scopes'])
    .filter(([name]) => name !== '' && name.length <= 300)
    .slice(0, 100)
    .map(([name, label]) => ({
      name,
      ...(textOf(label) === undefined ? {} : { label: shorten(textOf(label)!, 200, true) }),
      ...(asked.includes(name) ? { default: true } : {}),
    }));
  return {
    type: 'OAUTH2',
    oauth2: {
      grant,
      ...(grant === 'authorization_code' && authorizationUrl !== null ? { authorizationUrl } : {}),
      tokenUrl,
      ...(refreshUrl === null || refreshUrl === tokenUrl ? {} : { refreshUrl }),
      scopes,
    },
    ...(grant === 'password'
      ? {
          credentialsSchema: {
            type: 'object',
            properties: { username: { type: 'string' }, password: { type: 'string', 'x-secret': true } },
          },
        }
      : {}),
  };
}

/** A whole address, beside the document's first server where it is relative; null when it cannot be used. */
function addressOf(source: Source, value: Json | undefined): string | null {
  const text = textOf(value);
  if (text === undefined) return null;
  const servers = source.document['servers'];
  const first = Array.isArray(servers) && isJsonObject(servers[0]) ? textOf(servers[0]['url']) : undefined;
  const whole = /^https?:\/\//i.test(text) ? text : URL.parse(text, source.url ?? first)?.href;
  if (whole === undefined || /[{}#\s]/.test(whole)) return null;
  return readAddress(whole).kind === 'fixed' && /^https?:/.test(whole) ? whole : null;
}

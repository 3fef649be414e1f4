/** Lists the changes between two versions of an app, each with the bump that it asks for. */
import { canonicalize } from '../hash-document.ts';
import type { Json } from '../json.ts';
import { pointer } from '../problem.ts';
import {
  credentialsSchemaOf,
  connectionSchemaOf,
  inputSchemaOf,
  outputSchemaOf,
} from '../schemas/compose-schema.ts';
import type { Action, Auth, Connector, Trigger } from '../types.ts';
import type { Change } from './change.ts';
import { diffSchemas } from './diff-schemas.ts';

export function diffConnectors(older: Connector, newer: Connector): Change[] {
  return [
    ...diffHosts(older, newer),
    ...diffSchemas(connectionSchemaOf(older), connectionSchemaOf(newer), '/connectionSchema', 'in'),
    ...diffKeyed(older.auth, newer.auth, '/auth', 'way to sign in', (from, to, path) =>
      diffAuth(older, newer, from, to, path),
    ),
    ...diffKeyed(older.actions, newer.actions, '/actions', 'action', (from, to, path) =>
      diffAction(older, newer, from, to, path),
    ),
    ...diffKeyed(older.triggers ?? [], newer.triggers ?? [], '/triggers', 'trigger', (from, to, path) =>
      diffTrigger(older, newer, from, to, path),
    ),
    ...same(older.app, newer.app, '/app', 'patch', 'What people read about the app changed.'),
    ...same(older.defaults, newer.defaults, '/defaults', 'patch', 'The defaults of requests changed.'),
  ];
}

function same(a: unknown, b: unknown, path: string, bump: Change['bump'], message: string): Change[] {
  return canonicalize(a ?? null) === canonicalize(b ?? null) ? [] : [{ path, bump, message }];
}

function diffHosts(older: Connector, newer: Connector): Change[] {
  return [
    ...same(older.baseUrl, newer.baseUrl, '/baseUrl', 'major', 'Requests go to another address.'),
    ...same(older.servers ?? {}, newer.servers ?? {}, '/servers', 'major', 'Requests go to other addresses.'),
    ...same(
      [...(older.allowedHosts ?? [])].sort(),
      [...(newer.allowedHosts ?? [])].sort(),
      '/allowedHosts',
      'major',
      'Other hosts may be called.',
    ),
  ];
}

type Keyed = { key: string };

function diffKeyed<Part extends Keyed>(
  older: readonly Part[],
  newer: readonly Part[],
  path: string,
  noun: string,
  diff: (from: Part, to: Part, path: string) => Change[],
): Change[] {
  const found: Change[] = [];
  older.forEach((from, index) => {
    const at = newer.findIndex(({ key }) => key === from.key);
    if (at === -1)
      found.push({
        path: pointer(path, index),
        bump: 'major',
        message: `The ${noun} "${from.key}" is gone.`,
      });
    else found.push(...diff(from, newer[at]!, pointer(path, at)));
  });
  newer.forEach((to, index) => {
    if (!older.some(({ key }) => key === to.key))
      found.push({ path: pointer(path, index), bump: 'minor', message: `The ${noun} "${to.key}" is new.` });
  });
  return found;
}

function diffAuth(older: Connector, newer: Connector, from: Auth, to: Auth, path: string): Change[] {
  const scopes = (auth: Auth) =>
    (auth.oauth2?.scopes ?? []).filter(({ required }) => required === true).map(({ name }) => name);
  const more = scopes(to).filter((name) => !scopes(from).includes(name));
  const { scopes: _a, ...oauthFrom } = from.oauth2 ?? { scopes: [] };
  const { scopes: _b, ...oauthTo } = to.oauth2 ?? { scopes: [] };
  return [
    ...same(from.type, to.type, `${path}/type`, 'major', `"${to.key}" is another type of signing in.`),
    ...diffSchemas(
      credentialsSchemaOf(older, from),
      credentialsSchemaOf(newer, to),
      `${path}/credentialsSchema`,
      'in',
    ),
    ...more.map((name): Change => ({
      path: `${path}/oauth2/scopes`,
      bump: 'major',
      message: `The scope "${name}" is now required, so people must sign in again.`,
    })),
    ...same(oauthFrom, oauthTo, `${path}/oauth2`, 'patch', 'How people sign in changed.'),
    ...same(
      [from.session, from.jwt, from.signing, from.capture],
      [to.session, to.jwt, to.signing, to.capture],
      path,
      'patch',
      'How people sign in changed.',
    ),
    ...same(
      [from.apply, from.test, from.label, from.labelTemplate],
      [to.apply, to.test, to.label, to.labelTemplate],
      path,
      'patch',
      `Details of "${to.key}" changed.`,
    ),
  ];
}

const wording = ['name', 'description', 'group', 'kind', 'sample', 'examples', 'deprecated'] as const;
const inside = [
  'endpointTemplate',
  'server',
  'headersTemplate',
  'queryTemplate',
  'bodyTemplate',
  'bodyFormat',
  'bodyContentType',
  'responseFormat',
  'response',
  'successWhen',
  'errors',
  'errorMessage',
  'timeoutMs',
  'retry',
  'outputCheck',
  'verify',
  'inverse',
  'auth',
] as const;

function diffAction(older: Connector, newer: Connector, from: Action, to: Action, path: string): Change[] {
  const found = [
    ...diffSchemas(inputSchemaOf(older, from), inputSchemaOf(newer, to), `${path}/inputSchema`, 'in'),
    ...diffSchemas(outputSchemaOf(older, from), outputSchemaOf(newer, to), `${path}/outputSchema`, 'out'),
    ...same(from.method, to.method, `${path}/method`, 'major', `"${to.key}" uses another method.`),
    ...same(
      from.effect,
      to.effect,
      `${path}/effect`,
      'major',
      `"${to.key}" has another effect on the world.`,
    ),
    ...same(
      from.idempotency,
      to.idempotency,
      `${path}/idempotency`,
      from.idempotency?.mode === 'none' || !from.idempotency ? 'patch' : 'major',
      `Repeats of "${to.key}" are recognised differently.`,
    ),
    ...same(
      from.hidden === true,
      to.hidden === true,
      `${path}/hidden`,
      'minor',
      `"${to.key}" is ${to.hidden ? 'no longer' : 'now'} listed.`,
    ),
  ];
  for (const name of inside)
    found.push(
      ...same(
        from[name],
        to[name],
        `${path}/${name}`,
        'patch',
        `"${name}" of "${to.key}" changed; its input and output stay as they are.`,
      ),
    );
  for (const name of wording)
    found.push(
      ...same(from[name], to[name], `${path}/${name}`, 'patch', `"${name}" of "${to.key}" changed.`),
    );
  const scopes = (to.requiredScopes ?? []).filter((name) => !(from.requiredScopes ?? []).includes(name));
  if (scopes.length > 0)
    found.push({
      path: `${path}/requiredScopes`,
      bump: 'major',
      message: `"${to.key}" now needs the scopes ${scopes.join(', ')}.`,
    });
  return found;
}

function diffTrigger(older: Connector, newer: Connector, from: Trigger, to: Trigger, path: string): Change[] {
  const whole = (connector: Connector, schema: Json | undefined) =>
    outputSchemaOf(connector, { outputSchema: (schema ?? {}) as Trigger['outputSchema'] });
  return [
    ...diffSchemas(whole(older, from.inputSchema), whole(newer, to.inputSchema), `${path}/inputSchema`, 'in'),
    ...diffSchemas(
      whole(older, from.outputSchema),
      whole(newer, to.outputSchema),
      `${path}/outputSchema`,
      'out',
    ),
    ...same(
      from.poll?.dedupeKey ?? null,
      to.poll?.dedupeKey ?? null,
      `${path}/poll/dedupeKey`,
      'major',
      `"${to.key}" tells events apart differently, so old ones would fire again.`,
    ),
    ...same(
      { ...from.poll, dedupeKey: '' },
      { ...to.poll, dedupeKey: '' },
      `${path}/poll`,
      'patch',
      `How "${to.key}" asks changed.`,
    ),
  ];
}

/** Ways to sign in: each alternative of `security` becomes one, with all of its schemes in it. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { Auth } from '../types.ts';
import type { Operation } from './list-operations.ts';
import { keyFrom } from './name-actions.ts';
import { readParameters } from './read-parameters.ts';
import { follow, listOf, membersOf, shorten, type Source } from './source.ts';
import { writeScheme, type Scheme } from './write-scheme.ts';

export type Security = {
  auth: Auth[];
  /** True when an operation says that it wants no credentials. */
  isOpen(operation: JsonObject): boolean;
  /** True for a parameter that a way to sign in sets: `query api_key`. */
  isCredential(place: string, name: string): boolean;
};

const mostWays = 10;

export function readSecurity(source: Source, operations: readonly Operation[]): Security {
  const { document } = source;
  const described =
    source.version === 2
      ? document['securityDefinitions']
      : isJsonObject(document['components'])
        ? document['components']['securitySchemes']
        : undefined;
  const schemes = new Map(
    membersOf(described).flatMap(([name, value]): [string, JsonObject][] => {
      const scheme = follow(source, value);
      return scheme ? [[name, scheme]] : [];
    }),
  );
  const alternatives = listAlternatives(
    document['security'],
    operations,
    schemes,
    keysTogether(source, operations, schemes),
  );
  const preset = listOf(document['security']);
  for (const name of preset.flatMap((entry) => Object.keys(isJsonObject(entry) ? entry : {})))
    if (!schemes.has(name)) source.warn(`The way to sign in "${name}" is not described.`);
  const auth: Auth[] = [];
  for (const alternative of alternatives) {
    for (const way of writeAlternative(source, alternative, schemes)) {
      if (auth.length >= mostWays) {
        source.warn(`Only the first ${mostWays} ways to sign in are taken over.`);
        break;
      }
      const taken = auth.some(({ key }) => key === way.key);
      auth.push(taken ? { ...way, key: keyFrom(`${way.key} ${auth.length + 1}`, 'auth') } : way);
    }
  }
  const isOptional = preset.some((entry) => isJsonObject(entry) && Object.keys(entry).length === 0);
  if (auth.length === 0 || isOptional) auth.push({ key: 'none', label: 'No sign-in', type: 'NONE' });
  const places = new Set(
    auth.flatMap(({ apply }) => (apply ?? []).map((placed) => `${placed.in} ${placed.name.toLowerCase()}`)),
  );
  return {
    auth,
    isCredential: (place, name) => places.has(`${place} ${name.toLowerCase()}`),
    isOpen: (operation) => {
      const own = operation['security'];
      return (
        Array.isArray(own) && own.every((entry) => isJsonObject(entry) && Object.keys(entry).length === 0)
      );
    },
  };
}

/** What the document asks for everywhere; else what its operations ask for; else each scheme that it knows. */
function listAlternatives(
  preset: Json | undefined,
  operations: readonly Operation[],
  schemes: Map<string, JsonObject>,
  together: JsonObject | null,
): JsonObject[] {
  const real = (list: Json | undefined) =>
    listOf(list).filter((entry): entry is JsonObject => isJsonObject(entry) && Object.keys(entry).length > 0);
  const given = real(preset);
  const found = given.length > 0 ? given : operations.flatMap(({ operation }) => real(operation['security']));
  const named = found.filter((alternative) => Object.keys(alternative).some((name) => schemes.has(name)));
  const each = [...schemes.keys()].map((name): JsonObject => ({ [name]: [] }));
  const isCovered =
    together && named.every((entry) => Object.keys(entry).every((name) => Object.hasOwn(together, name)));
  const chosen = isCovered ? [together] : named.length > 0 ? named : each;
  const byNames = Map.groupBy(chosen, (alternative) => Object.keys(alternative).toSorted().join(' '));
  return [...byNames.values()].map((same) =>
    Object.fromEntries(
      Object.keys(same[0]!).map((name) => [name, [...new Set(same.flatMap((entry) => listOf(entry[name])))]]),
    ),
  );
}

/** Keys that nothing says how to combine, and that operations declare as parameters side by side, are needed together. */
function keysTogether(
  source: Source,
  operations: readonly Operation[],
  schemes: Map<string, JsonObject>,
): JsonObject | null {
  const keys = [...schemes].filter(([, { type }]) => type === 'apiKey');
  if (keys.length < 2 || keys.length < schemes.size) return null;
  const isNeeded = operations.some((operation) => {
    const declared = readParameters(source, operation).parameters.filter(({ required }) => required);
    return keys.every(([, scheme]) =>
      declared.some((parameter) => parameter.in === scheme['in'] && parameter.name === scheme['name']),
    );
  });
  return isNeeded ? Object.fromEntries(keys.map(([name]) => [name, []])) : null;
}

function writeAlternative(source: Source, alternative: JsonObject, schemes: Map<string, JsonObject>): Auth[] {
  // A certificate belongs to the way there, which another machine may see to; what else is asked for is sent.
  const isWay = (name: string) => schemes.get(name)?.['type'] === 'mutualTLS';
  const asked = Object.entries(alternative);
  const sent = asked.filter(([name]) => !isWay(name));
  if (sent.length > 0 && sent.length < asked.length)
    source.warn('The service also wants a certificate of the caller (mutual TLS), which is not sent.');
  const parts = (sent.length > 0 ? sent : asked).flatMap(([name, scopes]) => {
    const scheme = schemes.get(name);
    if (!scheme) source.warn(`The way to sign in "${name}" is not described.`);
    return scheme ? [{ name, ways: writeScheme(source, name, scheme, listOf(scopes)) }] : [];
  });
  if (parts.length === 0 || parts.some(({ ways }) => ways.length === 0)) return [];
  // Each flow of a scheme is a way of its own, beside the other schemes of the alternative.
  let combined: Scheme[][] = [[]];
  for (const { ways } of parts) combined = combined.flatMap((before) => ways.map((way) => [...before, way]));
  return combined.slice(0, mostWays).flatMap((together) => {
    const whole = combine(together);
    if (!whole) source.warn(`${parts.map(({ name }) => name).join(' with ')} cannot be used together.`);
    return whole ? [whole] : [];
  });
}

/** Several schemes in one: the one with a type of its own leads, keys stand beside it. */
function combine(schemes: Scheme[]): Auth | null {
  const leader =
    schemes.find(({ auth }) => auth.type === 'OAUTH2') ??
    schemes.find(({ auth }) => auth.type !== 'API_KEY') ??
    schemes.find(({ isBearer }) => isBearer) ??
    schemes[0]!;
  // One Authorization header is all that a request has, so what else would take it says the same in another way.
  const others = schemes.filter((scheme) => scheme !== leader && !(scheme.isBearer && leader.isBearer));
  if (others.length === 0) return leader.auth;
  if (others.some(({ auth, isBearer }) => auth.type !== 'API_KEY' || isBearer)) return null;
  const properties = (leader.auth.credentialsSchema?.['properties'] ?? {}) as JsonObject;
  const names = new Set(['apiKey', 'username', 'password', ...Object.keys(properties)]);
  const added = others.map(({ name, auth }) => {
    const words = name.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) =>
      (next ?? '').toUpperCase(),
    );
    let key = /^[A-Za-z]/.test(words) ? words[0]!.toLowerCase() + words.slice(1) : `key${words}`;
    while (names.has(key)) key = `${key}2`;
    names.add(key);
    return { key, label: auth.label, apply: auth.apply ?? [] };
  });
  return {
    ...leader.auth,
    key: keyFrom(schemes.map(({ auth }) => auth.key).join(' '), 'auth'),
    label: shorten(schemes.map(({ auth }) => auth.label).join(' and '), 100, true),
    credentialsSchema: {
      type: 'object',
      properties: {
        ...properties,
        ...Object.fromEntries(
          added.map(({ key, label }) => [
            key,
            { type: 'string', minLength: 1, 'x-label': label, 'x-secret': true },
          ]),
        ),
      },
      required: [
        ...((leader.auth.credentialsSchema?.['required'] ?? []) as string[]),
        ...added.map(({ key }) => key),
      ],
    },
    apply: [
      ...(leader.auth.apply ?? leader.preset),
      ...added.flatMap(({ key, apply }) =>
        apply.map((placement) => ({
          ...placement,
          value: placement.value.replace('credentials.apiKey', `credentials.${key}`),
        })),
      ),
    ],
  };
}

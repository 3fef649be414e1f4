// The examples that authors write into their actions, played by the executor that runs workflows. Nothing leaves the process.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@weftline/connectors/json';
import { isJsonObject } from '@weftline/connectors/json';
import { pointer } from '@weftline/connectors/problem';
import { credentialsSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import type { Action, Auth, Connector, Example } from '@weftline/connectors/types';
import { callAction } from '../call-action.ts';
import { withPlayedToken } from '../other-auth.ts';
import type { CallResult, OpenConnection, SeenRequest, SeenResponse } from '../types.ts';
import { compareRequest } from './compare-request.ts';
import { createPlayedEgress } from './played-egress.ts';
import { createPlayedFiles } from './played-files.ts';

export type PlayedExample = {
  action: string;
  title: string;
  /** Where it stands in the document. */
  path: string;
  ok: boolean;
  /** What differs from what the example expects, as sentences. */
  faults: string[];
  request: SeenRequest | null;
  response: SeenResponse | null;
};

/** Clock, run and key of every played example, so that what is computed from them can be written down. */
export const playedAt = '2026-11-21T00:00:00Z';
export const playedKey = 'example-idempotency-key';

/** For one example; only one that waits for a job takes time at all. */
const longestMs = 5_000;

/** These need a key or a sign-in of their own before anything can be sent; their examples are played without. */
const unplayable = new Set<Auth['type']>(['JWT', 'SESSION']);

/**
 * Plays every example of a connector whose draft is sound.
 * @returns one entry an example, in the order of the document; `ok` when request, answer and output are as expected
 */
export const playExamples = async (connector: Connector): Promise<PlayedExample[]> => {
  const played: PlayedExample[] = [];
  for (const [index, action] of connector.actions.entries())
    for (const [at, example] of (action.examples ?? []).entries())
      played.push(await playExample(connector, action, example, pointer('/actions', index, 'examples', at)));
  return played;
};

const playExample = async (
  connector: Connector,
  action: Action,
  example: Example,
  path: string,
): Promise<PlayedExample> => {
  const { request, response, calls, output } = example.expect ?? {};
  const answers = calls?.map((call) => call.response) ?? [response ?? { body: action.sample ?? {} }];
  const { egress, sent } = createPlayedEgress(answers, calls === undefined);
  const auth = connector.auth.find(({ type }) => !unplayable.has(type)) ?? withoutSignIn;
  const result = await callAction(
    {
      tenantId: 'example',
      connector: { ...connector, auth: [auth, ...listOthers(connector, auth)] },
      action: action.key,
      input: example.input,
      openConnection: async () => openExample(connector, auth, example),
      run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: playedKey },
      timeoutMs: longestMs,
    },
    { egress, now: () => Date.parse(playedAt), files: createPlayedFiles() },
  );
  const faults = calls
    ? calls.flatMap((call, index) =>
        compareRequest(call.request, sent[index]).map((fault) => `Request ${index + 1}: ${fault}`),
      )
    : compareRequest(request, sent[0]);
  faults.push(...compareOutput(output, result));
  return {
    action: action.key,
    title: example.title,
    path,
    ok: faults.length === 0,
    faults,
    request: result.request,
    response: result.response,
  };
};

/** The other ways to sign in, which requests may name. */
const listOthers = (connector: Connector, own: Auth): Auth[] =>
  connector.auth
    .filter(({ key }) => key !== own.key)
    .map((auth) => (unplayable.has(auth.type) ? { ...withoutSignIn, key: auth.key } : auth));

const withoutSignIn: Auth = { key: 'none', label: 'None', type: 'NONE' };

const openExample = (connector: Connector, auth: Auth, example: Example): OpenConnection => {
  const { properties } = credentialsSchemaOf(connector, auth);
  const names = [
    ...Object.keys(isJsonObject(properties ?? null) ? (properties as object) : {}),
    'accessToken',
  ];
  const typed: { [name: string]: string } = Object.fromEntries(
    names.map((name) => [name, `${name}-of-an-example`]),
  );
  const credentials = listOthers(connector, auth)
    .filter(({ type }) => type === 'OAUTH2')
    .reduce(
      (all, other) => withPlayedToken(connector, auth, other, all, `accessToken-of-${other.key}`),
      typed,
    );
  return {
    // Its own, so that the limits of the service hold no example up.
    id: randomUUID(),
    name: 'Example',
    authKey: auth.key,
    config: example.config ?? {},
    credentials,
    saveCredentials: async () => undefined,
  };
};

const compareOutput = (expected: Json | undefined, result: CallResult): string[] => {
  const error = failureOf(expected);
  if (error !== null) {
    if (result.ok) return ['It succeeded, and the example expects a failure.'];
    const seen: { [name: string]: Json } = { type: result.error.type, code: result.error.remoteCode ?? null };
    return Object.entries(error)
      .filter(([name, value]) => value !== seen[name])
      .map(
        ([name, value]) =>
          `The failure's ${name} is ${String(seen[name])}, and the example expects ${String(value)}.`,
      );
  }
  if (!result.ok) return [`It failed: ${result.error.message}`];
  const faults = result.warnings.map(
    ({ path, message }) => `The output does not fit its schema at ${path || '/'}: ${message}`,
  );
  if (expected !== undefined && !isDeepStrictEqual(result.output, expected))
    faults.push(`The output is ${cut(result.output)}, and the example expects ${cut(expected)}.`);
  return faults;
};

const cut = (value: Json): string => {
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
};

/** `{ error: { type, code } }` means that the action must fail so. */
const failureOf = (expected: Json | undefined): { [name: string]: Json } | null => {
  if (!isJsonObject(expected ?? null)) return null;
  const { error, ...rest } = expected as { [name: string]: Json };
  return Object.keys(rest).length === 0 && isJsonObject(error ?? null)
    ? (error as { [name: string]: Json })
    : null;
};

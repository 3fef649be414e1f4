// Does a connection work, and whose account is it? The failure is the answer.
import { ExpressionError, evaluateValue, parseTemplate } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import { isWrittenOut } from '@weftline/connectors/rules/list-requests';
import { connectionSchemaOf, credentialsSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import type { Action, Auth, Connector, Request, RequestReference } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import { CodedError } from '../platform/errors.ts';
import type { ErrorCode } from '../platform/errors.ts';
import { findAuth } from './authorize.ts';
import { timeoutOf } from './call-action.ts';
import { captureAnswer } from './capture-values.ts';
import { hintFor } from './hint-for.ts';
import { performRequest } from './perform-request.ts';
import type { Performed } from './perform-request.ts';
import { thrownError } from './read-error.ts';
import type { CallError, ExecutorDependencies, OpenConnection } from './types.ts';

export type TestResult =
  | { ok: true; account?: string; tookMs: number }
  | { ok: false; code: ErrorCode; message: string; hint: string; status?: number; tookMs: number };

export type TestConnection = {
  tenantId: string;
  connector: Connector;
  openConnection: () => Promise<OpenConnection>;
  timeoutMs?: number;
  signal?: AbortSignal;
};

const run = { id: 'test', stepId: 'test', attempt: 1, idempotencyKey: 'test' };

/** Settings and typed credentials against their schemas; tokens that we stored ourselves are not asked about. */
const checkShape = (connector: Connector, auth: Auth, connection: OpenConnection): CallError | undefined => {
  const schema = credentialsSchemaOf(connector, auth);
  const declared = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const typed = Object.fromEntries(
    Object.entries(connection.credentials).filter(([name]) => Object.hasOwn(declared, name)),
  );
  const [problem] = [
    ...validateValue(connectionSchemaOf(connector), connection.config),
    ...validateValue(schema, typed),
  ];
  if (problem === undefined) return undefined;
  const name = problem.path.slice(1);
  return {
    code: 'invalid_input',
    type: 'VALIDATION',
    message: `${name === '' ? 'The connection' : name}: ${problem.message}`,
    sent: 'no',
    path: problem.path,
  };
};

const findRequest = (
  connector: Connector,
  reference: RequestReference,
  connection: OpenConnection,
): { request: Request | Action; input: Json } => {
  if (isWrittenOut(reference)) return { request: reference, input: {} };
  const { action: wanted, with: input } = reference;
  const action = connector.actions.find(({ key }) => key === wanted);
  if (action === undefined)
    throw new CodedError({ code: 'not_found', message: `The app has no action "${wanted}" to test with.` });
  const scope = { connection: connection.config, now: new Date().toISOString() };
  return { request: action, input: evaluateValue(input ?? {}, scope, { missing: 'drop' }) ?? {} };
};

/**
 * Asks for what has to be learned before the connection can be used, and keeps it.
 * @returns why it could not be learned, else undefined
 */
const learn = async (
  given: TestConnection,
  auth: Auth,
  learned: JsonObject,
  openConnection: () => Promise<OpenConnection>,
  dependencies: ExecutorDependencies,
): Promise<CallError | undefined> => {
  const { connector } = given;
  for (const capture of auth.capture ?? []) {
    if (capture.request === undefined) continue;
    const connection = await openConnection();
    const asked = findRequest(connector, capture.request, connection);
    const performed = await performRequest(
      {
        ...given,
        ...asked,
        openConnection,
        secretInputs: [],
        run,
        timeoutMs: given.timeoutMs ?? timeoutOf(connector, asked.request),
        signal: given.signal,
      },
      dependencies,
    );
    if (!performed.ok) return performed.error;
    const { status, headers, body } = performed.answer;
    const scope = { status, headers: { ...headers }, body };
    const value = captureAnswer(connector, capture, scope, connection.config[capture.name]);
    learned[capture.name] = value;
    await connection.saveConfig?.({ [capture.name]: value });
  }
  return undefined;
};

const nameAccount = (auth: Auth, performed: Performed & { ok: true }): string | undefined => {
  if (auth.labelTemplate === undefined) return undefined;
  const { status, headers, body } = performed.answer;
  try {
    const scope = {
      test: { status, headers: { ...headers }, body },
      connection: performed.connection?.config ?? {},
    };
    const text = fillTemplate(parseTemplate(auth.labelTemplate), scope, {
      missing: 'drop',
      position: 'text',
    });
    return text === undefined || text.trim() === '' ? undefined : performed.redact.text(text).slice(0, 200);
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
};

/**
 * Tries a connection with the request its app declares for that.
 * @returns ok with the account's name, or what is wrong with a hint; secrets never stand in it
 */
export const testConnection = async (
  given: TestConnection,
  dependencies: ExecutorDependencies,
): Promise<TestResult> => {
  const { connector } = given;
  const startedAt = performance.now();
  const took = (): number => Math.round(performance.now() - startedAt);
  const refuse = (error: CallError, auth: Auth | undefined): TestResult => ({
    ok: false,
    code: error.code,
    message: error.message,
    hint: hintFor(error, auth),
    ...(error.status === undefined ? {} : { status: error.status }),
    tookMs: took(),
  });

  let auth: Auth | undefined;
  try {
    const connection = await given.openConnection();
    auth = findAuth(connector, connection.authKey);
    const fault = checkShape(connector, auth, connection);
    if (fault !== undefined) return refuse(fault, auth);
    const learned: JsonObject = {};
    const openConnection = async (): Promise<OpenConnection> => {
      const opened = await given.openConnection();
      return { ...opened, config: { ...opened.config, ...learned } };
    };
    const missing = await learn(given, auth, learned, openConnection, dependencies);
    if (missing !== undefined) return refuse(missing, auth);
    if (auth.test === undefined) return { ok: true, tookMs: took() };
    const test = findRequest(connector, auth.test, await openConnection());
    const performed = await performRequest(
      {
        ...given,
        ...test,
        openConnection,
        secretInputs: [],
        run,
        timeoutMs: given.timeoutMs ?? timeoutOf(connector, test.request),
        signal: given.signal,
      },
      dependencies,
    );
    if (!performed.ok) return refuse(performed.error, auth);
    const account = nameAccount(auth, performed);
    return { ok: true, ...(account === undefined ? {} : { account }), tookMs: took() };
  } catch (error) {
    return refuse(thrownError(error, 'no'), auth);
  }
};

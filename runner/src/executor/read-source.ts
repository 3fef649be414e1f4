// What sources of choices and of fields have in common: what must be filled in first, the request, and the list in its answer.
import { isTemplate, listValuePaths } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { findAction } from '@weftline/connectors/find-action';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import { isWrittenOut } from '@weftline/connectors/rules/list-requests';
import type { Connector, FieldSource, OptionSource } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import { timeoutOf } from './call-action.ts';
import { createAnswerStore } from './keep-answers.ts';
import { readAt } from './oauth2/read-tokens.ts';
import { performReference } from './perform-reference.ts';
import type { Performed } from './perform-request.ts';
import { thrownError } from './read-error.ts';
import { readAnswerPath } from './turn-page.ts';
import type { CallError, ExecutorDependencies, OpenConnection } from './types.ts';

export type SourceCall = {
  tenantId: string;
  connector: Connector;
  /** What is filled in so far; texts that hold expressions count as not filled in. */
  input: JsonObject;
  openConnection: (() => Promise<OpenConnection>) | null;
  /** Names the document and the connection in the state they are in now. Null: nothing is kept. */
  keepAs: string | null;
  signal?: AbortSignal;
};

type Source = OptionSource | FieldSource;

export type ReadSource = { ok: true; items: Json[]; scope: Scope } | { ok: false; error: CallError };

const run = { id: 'source', stepId: 'source', attempt: 1, idempotencyKey: 'source' };

const answers = createAnswerStore(1_000, 20_000_000);

/** The members that hold no expression: what an expression will give is not known yet. */
export const withoutExpressions = (value: Json): Json | undefined => {
  if (typeof value === 'string') return isTemplate(value) ? undefined : value;
  if (Array.isArray(value)) return value.map(withoutExpressions).filter((entry) => entry !== undefined);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, Json][] => {
      const kept = withoutExpressions(member);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
};

const valueAt = (input: Json, path: readonly (string | number)[]): Json | undefined => {
  let value: Json | undefined = input;
  for (const name of path)
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
};

/** Inputs that must be filled in first. */
const refuseMissing = ({ dependsOn = [] }: Source, input: JsonObject): CallError | undefined => {
  const missing = dependsOn.filter((name) => {
    const value = valueAt(input, name.split('.'));
    return value === undefined || value === null || value === '';
  });
  if (missing.length === 0) return undefined;
  const problems = missing.map((name) => ({
    path: `/${name.replaceAll('.', '/')}`,
    code: 'required_first',
    message: `Fill in "${name.split('.').at(-1) ?? name}" first.`,
  }));
  return {
    code: 'invalid_input',
    type: 'VALIDATION',
    message: problems.map(({ message }) => message).join(' '),
    sent: 'no',
    ...(problems[0] === undefined ? {} : { path: problems[0].path }),
    problems,
  };
};

/** Asks again only when something is different that the source reads. */
const nameOf = (
  { tenantId, keepAs, input }: SourceCall,
  name: string,
  source: Source,
  search: string | undefined,
): string => {
  const read = listValuePaths(source as unknown as Json).filter(({ root }) => root === 'input');
  const paths = [...read.map(({ path }) => path), ...(source.dependsOn ?? []).map((path) => path.split('.'))];
  // A path through a list is cut before it: the whole list counts.
  const known = paths.map((path) => {
    const end = path.findIndex((part) => typeof part === 'number' || part === '*');
    const cut = end === -1 ? path : path.slice(0, end);
    return [cut, valueAt(input, cut)];
  });
  return JSON.stringify([tenantId, keepAs, name, known, search ?? null]);
};

const readList = (source: Source, performed: Performed & { ok: true }): Json[] => {
  const { request, items, pagination } = source;
  const isList = isWrittenOut(request) && pagination !== undefined && pagination.type !== 'none';
  const found = isList
    ? performed.output
    : /^output(?![A-Za-z0-9_$])/.test(items)
      ? readAt(items, { output: performed.output })
      : readAnswerPath(items, performed.answer);
  // Many services leave an empty list out.
  if (found === undefined || found === null) return [];
  if (Array.isArray(found)) return found;
  // In XML a list of one cannot be told from its entry, nor an empty one from a text.
  if (isWrittenOut(request) && request.responseFormat === 'xml') return found === '' ? [] : [found];
  throw egressError(
    'response_invalid',
    'protocol',
    'answered',
    `The answer has no list at \`${items}\`: the app's source does not fit this service.`,
  );
};

/**
 * Asks the service for the list of a source.
 * @param kind with the name of the source: answers of different kinds are not mixed up
 * @param most items that are read
 * @param search handed to the request where something was typed
 * @returns the list with secrets taken out and what templates on its items may read, or the failure
 */
export const readSource = async (
  call: SourceCall,
  { name, source, most, search }: { name: string; source: Source; most: number; search?: string },
  dependencies: ExecutorDependencies,
): Promise<ReadSource> => {
  const input = (withoutExpressions(call.input) ?? {}) as JsonObject;
  const given = { ...call, input };
  const refusal = refuseMissing(source, input);
  if (refusal !== undefined) return { ok: false, error: refusal };
  const keepMs = call.keepAs === null ? 0 : (source.cacheSeconds ?? 0) * 1_000;
  const keptName = keepMs === 0 ? '' : nameOf(given, name, source, search);
  type Kept = { items: Json[]; connection: JsonObject };
  const kept = keepMs === 0 ? undefined : (answers.find(keptName, dependencies.now()) as Kept | undefined);
  if (kept !== undefined)
    return { ok: true, items: kept.items, scope: { input, connection: kept.connection } };

  const { request: reference, pagination } = source;
  const asked = isWrittenOut(reference) ? reference : findAction(call.connector, reference.action);
  const performed = await performReference(
    {
      tenantId: call.tenantId,
      connector: call.connector,
      reference,
      pagination,
      maxItems: most,
      input,
      more: search === undefined ? {} : { search },
      secretInputs: [],
      openConnection: call.openConnection,
      run,
      timeoutMs: timeoutOf(call.connector, asked ?? {}),
      signal: call.signal,
    },
    dependencies,
  );
  if (!performed.ok) return { ok: false, error: performed.error };
  try {
    const items = performed.redact.value(readList(source, performed).slice(0, most)) as Json[];
    const connection = performed.connection?.config ?? {};
    if (keepMs > 0) answers.keep(keptName, { items, connection } satisfies Kept, keepMs, dependencies.now());
    return { ok: true, items, scope: { input, connection } };
  } catch (error) {
    const failure = thrownError(error, 'answered');
    return { ok: false, error: { ...failure, message: performed.redact.text(failure.message) } };
  }
};

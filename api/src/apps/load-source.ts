// What a form asks the service for while a step is set up: the choices of an input, and fields that only the service knows.
import type { JsonObject } from '@weftline/connectors/json';
import type { JsonSchema } from '@weftline/connectors/types';
import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { loadFields as askFields } from '@weftline/runner/executor/load-fields';
import { type Option, loadOptions as askOptions } from '@weftline/runner/executor/load-options';
import type { SourceCall } from '@weftline/runner/executor/read-source';
import type { CallError, ExecutorDependencies } from '@weftline/runner/executor/types';
import { CodedError } from '@weftline/runner/platform/errors';
import { shareRates } from '@weftline/runner/rates/share-rates';
import type { Context } from '../context.ts';
import { notFound } from '../fail.ts';
import { findUsableConnector } from './find-connector.ts';
import { requireAppConnection } from './require-app-connection.ts';

export type SourceRequest = {
  version?: string | undefined;
  source: string;
  connectionId?: string | null | undefined;
  input: { [member: string]: unknown };
};

/** Everything a call needs, checked in this order: app and version, connection, source. */
async function prepare(
  context: Context,
  key: string,
  list: 'optionSources' | 'fieldSources',
  { version, source, connectionId, input }: SourceRequest,
): Promise<{ call: SourceCall; dependencies: ExecutorDependencies }> {
  const { tenantId, services } = context;
  const found = await findUsableConnector(services, tenantId, key, version);
  const connection = connectionId ? await requireAppConnection(context, key, connectionId) : null;
  if (!Object.hasOwn(found.connector[list] ?? {}, source)) throw notFound('source');
  return {
    call: {
      tenantId,
      connector: found.connector,
      input: input as JsonObject,
      openConnection: connection ? () => openConnection(services, tenantId, connection.id) : null,
      // A draft changes under its name, so nothing is kept for it.
      keepAs: found.isDraft
        ? null
        : `${key}@${found.version} ${connection ? `${connection.id}@${connection.etag}` : ''}`,
      signal: context.request.signal,
    },
    dependencies: {
      egress: services.egress,
      now: () => services.clock().getTime(),
      lockRefresh: createLockRefresh(services.database, tenantId),
      rates: shareRates(services.database, tenantId),
    },
  };
}

/** Places of the input are told as places of the request's body. */
function failure({ code, message, retryAfterMs, type, status, problems = [] }: CallError): CodedError {
  return new CodedError({
    code,
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    details: {
      type,
      ...(status === undefined ? {} : { status }),
      ...(problems.length === 0
        ? {}
        : { problems: problems.map((problem) => ({ ...problem, path: `/input${problem.path}` })) }),
    },
  });
}

/**
 * The choices of an input: at most 1,000.
 * @throws CodedError not_found (app, version, connection, source); invalid_input, with problems of the code `required_first`
 *   for inputs that must be filled in before; what the service answered
 */
export async function loadOptions(
  context: Context,
  key: string,
  request: SourceRequest & { search?: string | undefined },
): Promise<{ options: Option[]; hasMore: boolean }> {
  const { call, dependencies } = await prepare(context, key, 'optionSources', request);
  const loaded = await askOptions(call, request.source, request.search, dependencies);
  if (!loaded.ok) throw failure(loaded.error);
  return { options: loaded.options, hasMore: loaded.hasMore };
}

/**
 * The fields of an input, as the schema of an object: at most 500.
 * @throws CodedError as loadOptions
 */
export async function loadFields(
  context: Context,
  key: string,
  request: SourceRequest,
): Promise<{ schema: JsonSchema }> {
  const { call, dependencies } = await prepare(context, key, 'fieldSources', request);
  const loaded = await askFields(call, request.source, dependencies);
  if (!loaded.ok) throw failure(loaded.error);
  return { schema: loaded.schema };
}

/** One operation as an action in wire mode. */
import type { Json } from '../json.ts';
import type { Action } from '../types.ts';
import { buildBody } from './build-body.ts';
import { buildOutput } from './build-output.ts';
import { buildParts } from './build-parts.ts';
import type { Schemas } from './convert-schema.ts';
import { ImportError } from './import-error.ts';
import type { Operation } from './list-operations.ts';
import { humanize } from './name-actions.ts';
import { readParameters } from './read-parameters.ts';
import type { Security } from './read-security.ts';
import type { Servers } from './read-servers.ts';
import { shorten, textOf, type Source } from './source.ts';

export type BuiltAction = { action: Action; example: Json | undefined };

const effects: { [method: string]: NonNullable<Action['effect']> } = {
  GET: 'read',
  HEAD: 'read',
  OPTIONS: 'read',
  TRACE: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/** @throws ImportError `not_possible` with the reason why this operation has no action */
export function buildAction(
  source: Source,
  schemas: Schemas,
  servers: Servers,
  security: Security,
  operation: Operation,
  key: string,
): BuiltAction {
  const { method, tags, operationId, pathItem } = operation;
  const effect = effects[method];
  if (effect === undefined)
    throw new ImportError('not_possible', `The method ${method} is not sent by this platform.`);
  const given = readParameters(source, operation);
  const isOpen = security.isOpen(operation.operation);
  // What the connection sends is no input of a step.
  const parameters = given.parameters.filter(
    (parameter) => isOpen || !security.isCredential(parameter.in, parameter.name),
  );
  const { idempotency, ...parts } = buildParts(source, schemas, operation, parameters);
  const body = buildBody(source, schemas, operation, given);
  const { example, ...output } = buildOutput(source, schemas, operation);
  const summary = textOf(operation.operation['summary']);
  const name = shorten(summary ?? humanize(operationId ?? key), 100, true);
  const description = textOf(operation.operation['description']) ?? (summary === name ? undefined : summary);
  const server = servers.nameFor(pathItem, operation.operation);
  const action: Action = {
    key,
    name: name || key,
    ...(description === undefined ? {} : { description: shorten(description, 1000) }),
    ...(tags[0] === undefined ? {} : { group: shorten(tags[0], 60, true) }),
    kind: kindOf(method, parts.endpointTemplate, output.outputSchema),
    effect,
    ...(effect === 'read' ? {} : { idempotency: idempotencyOf(method, idempotency) }),
    method: method as Action['method'],
    ...(server === undefined ? {} : { server }),
    ...parts,
    ...body,
    ...output,
    // What is sent with TRACE is sent back, credentials too.
    ...((method === 'TRACE' || isOpen) && security.auth.some(({ type }) => type !== 'NONE')
      ? { auth: 'none' as const }
      : {}),
  };
  return { action, example };
}

/** PUT and DELETE may be repeated by what they are; a POST only where the service takes a key. */
function idempotencyOf(method: string, header: Action['idempotency']): NonNullable<Action['idempotency']> {
  return header ?? { mode: method === 'PUT' || method === 'DELETE' ? 'natural' : 'none' };
}

function kindOf(method: string, path: string, output: Action['outputSchema']): NonNullable<Action['kind']> {
  if (method === 'POST') return 'create';
  if (method === 'PUT' || method === 'PATCH') return 'update';
  if (method === 'DELETE') return 'delete';
  return output['type'] === 'array' ||
    (method === 'GET' && !path.endsWith('}') && path.includes('}') === false)
    ? 'list'
    : 'get';
}

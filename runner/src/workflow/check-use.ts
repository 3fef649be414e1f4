// An action step against the app it uses: the action exists, its connection is chosen, its required fields are there. Pure.
import { findAction, parseUse } from '@weftline/connectors/find-action';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import { pointer, type Problem } from '@weftline/connectors/problem';
import { hasDefault } from '@weftline/connectors/schemas/fill-defaults';
import type { Action, Connector, JsonSchema } from '@weftline/connectors/types';
import { checkFields } from './check-fields.ts';
import type { CheckServices } from './step-problem.ts';
import type { ActionStep, WorkflowDefinition } from './types.ts';

/** Members that an action's input must have, as dotted places with their schema. */
function requiredMembers(action: Action): { place: string[] }[] {
  const of = (schema: JsonSchema | undefined, below: string[]): { place: string[] }[] =>
    Array.isArray(schema?.required)
      ? schema.required
          .filter((name) => !hasDefault(schema, String(name)))
          .map((name) => ({ place: [...below, String(name)] }))
      : [];
  if (action.inputSchema) return of(action.inputSchema, []);
  return [
    ...of(action.pathSchema, ['path']),
    ...of(action.querySchema, ['query']),
    ...of(action.headersSchema, ['headers']),
    ...of(action.cookiesSchema, ['cookies']),
    ...of(action.bodySchema, ['body']),
  ];
}

function valueAt(input: Json, place: string[]): Json | undefined {
  let value: Json | undefined = input;
  for (const name of place) {
    if (typeof value === 'string') return value; // a whole part may come from one expression
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function checkConnection(
  step: ActionStep,
  path: string,
  definition: WorkflowDefinition,
  connector: Connector,
): Problem[] {
  const needed = !connector.auth.some((auth) => auth.type === 'NONE');
  if (!step.connection)
    return needed
      ? [
          {
            path: `${path}/connection`,
            code: 'connection_missing',
            message: `${connector.app.name} needs a connection. Choose one for this step.`,
          },
        ]
      : [];
  const slots = definition.connections ?? {};
  const slot = Object.hasOwn(slots, step.connection) ? slots[step.connection] : undefined;
  if (!slot)
    return [
      {
        path: `${path}/connection`,
        code: 'unknown_connection',
        message: `The workflow has no connection called "${step.connection}" under \`connections\`.`,
      },
    ];
  if (slot.app !== connector.app.key)
    return [
      {
        path: `${path}/connection`,
        code: 'wrong_connection',
        message: `The connection "${step.connection}" is for ${slot.app}, and this step uses ${connector.app.key}.`,
      },
    ];
  if (!slot.connectionId)
    return [
      {
        path: `/connections/${step.connection}/connectionId`,
        code: 'connection_missing',
        message: `Choose an account for the connection "${step.connection}".`,
      },
    ];
  return [];
}

/** Problems of a step's `use`, `connection` and required input. */
export function checkUse(
  step: ActionStep,
  path: string,
  definition: WorkflowDefinition,
  services: CheckServices,
): Problem[] {
  const use = parseUse(step.use);
  if (!use)
    return [
      {
        path: `${path}/use`,
        code: 'invalid_shape',
        message: 'Write app@version#action, as in http@1.0.0#request.',
      },
    ];
  const connector = services.findApp(use.app, use.version);
  if (!connector)
    return [
      {
        path: `${path}/use`,
        code: 'unknown_app',
        message: `There is no published app ${use.app} in version ${use.version} here.`,
      },
    ];
  const action = findAction(connector, use.key);
  if (!action)
    return [
      {
        path: `${path}/use`,
        code: 'unknown_action',
        message: `${use.app} ${use.version} has no action "${use.key}"; it has ${connector.actions.map((known) => known.key).join(', ')}.`,
      },
    ];
  const problems = checkConnection(step, path, definition, connector);
  for (const { place } of requiredMembers(action)) {
    const value = valueAt(step.input ?? {}, place);
    if (value === undefined || value === '')
      problems.push({
        path: pointer(`${path}/input`, ...place),
        code: 'required',
        message: `Fill in "${place.at(-1)}".`,
      });
  }
  problems.push(...checkFields(step, path, connector, action));
  return problems;
}

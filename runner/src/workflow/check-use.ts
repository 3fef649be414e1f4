// An action step against the app it uses: it exists, its connection is chosen, its input is there. Pure.
import { findAction, parseUse } from '@weftline/connectors/find-action';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import { pointer, type Problem } from '@weftline/connectors/problem';
import { hasDefault } from '@weftline/connectors/schemas/fill-defaults';
import { inputSchemaOf } from '@weftline/connectors/schemas/compose-schema';
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

/** False for an action such as posting to an address that is a secret itself: it works without an account. */
function sendsAny({ auth, steps = [], after = [], asyncJob }: Action): boolean {
  return asyncJob !== undefined || [{ auth }, ...steps, ...after].some((request) => request.auth !== 'none');
}

/** Problems of the connection that a step or the trigger (at the path `/trigger`) names. */
export function checkConnection(
  step: Pick<ActionStep, 'connection'>,
  path: string,
  definition: WorkflowDefinition,
  connector: Connector,
  sendsCredentials = true,
): Problem[] {
  const needed = sendsCredentials && !connector.auth.some((auth) => auth.type === 'NONE');
  if (!step.connection)
    return needed
      ? [
          {
            path: `${path}/connection`,
            code: 'connection_missing',
            message: `${connector.app.name} needs a connection. Choose one ${path === '/trigger' ? 'for the trigger' : 'for this step'}.`,
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
        message: `The connection "${step.connection}" is for ${slot.app}, and this ${path === '/trigger' ? 'trigger' : 'step'} uses ${connector.app.key}.`,
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

export type Used = { connector: Connector; key: string } | { problems: Problem[] };

/** The app that `use` names, in exactly that version. */
export function findUsed(written: string, path: string, services: CheckServices, example: string): Used {
  const use = parseUse(written);
  if (!use)
    return { problems: [{ path: `${path}/use`, code: 'invalid_shape', message: `Write ${example}.` }] };
  const connector = services.findApp(use.app, use.version);
  if (connector) return { connector, key: use.key };
  const message = `There is no published app ${use.app} in version ${use.version} here.`;
  return { problems: [{ path: `${path}/use`, code: 'unknown_app', message }] };
}

/** Problems of a step's `use`, `connection` and required input. */
export function checkUse(
  step: ActionStep,
  path: string,
  definition: WorkflowDefinition,
  services: CheckServices,
): Problem[] {
  const used = findUsed(step.use, path, services, 'app@version#action, as in http@1.0.0#request');
  if ('problems' in used) return used.problems;
  const { connector, key } = used;
  const action = findAction(connector, key);
  if (!action)
    return [
      {
        path: `${path}/use`,
        code: 'unknown_action',
        message: `${connector.app.key} ${connector.version} has no action "${key}"; it has ${connector.actions.map((known) => known.key).join(', ')}.`,
      },
    ];
  const problems = checkConnection(step, path, definition, connector, sendsAny(action));
  for (const { place } of requiredMembers(action)) {
    const value = valueAt(step.input ?? {}, place);
    if (value === undefined || value === '')
      problems.push({
        path: pointer(`${path}/input`, ...place),
        code: 'required',
        message: `Fill in "${place.at(-1)}".`,
      });
  }
  problems.push(...checkFields(step, path, inputSchemaOf(connector, action), action.name ?? action.key));
  return problems;
}

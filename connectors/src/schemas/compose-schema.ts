/** Puts together the whole schemas that forms, tests and runs use, from the parts that a connector writes down. */
import type { Json } from '../json.ts';
import type { Action, Auth, Connector, JsonSchema, Trigger } from '../types.ts';
import { resolveReference } from './resolve-reference.ts';
import { fixedCredentials } from './fixed-credentials.ts';

const parts = ['path', 'query', 'headers', 'cookies', 'body'] as const;

/** True when an action is written in wire mode: its input is `{ path, query, headers, cookies, body }`. */
export function isWireMode(action: Action): boolean {
  return action.inputSchema === undefined && parts.some((part) => action[`${part}Schema`] !== undefined);
}

/** One schema for the input of an action, whichever mode it is written in. */
export function inputSchemaOf(connector: Connector, action: Action): JsonSchema {
  if (action.inputSchema) return withDefs(connector, action.inputSchema);
  const properties: { [name: string]: Json } = {};
  const required: string[] = [];
  for (const part of parts) {
    const schema = action[`${part}Schema`];
    if (!schema) continue;
    properties[part] = moveReferences(schema, `/properties/${part}`, schema) as JsonSchema;
    if (needsMembers(connector, schema)) required.push(part);
  }
  const whole: JsonSchema = { type: 'object', properties, additionalProperties: false };
  if (required.length > 0) whole['required'] = required;
  return withDefs(connector, whole);
}

/** Must a part be there? `x-required` says so, else it must when it has required members. */
function needsMembers(connector: Connector, schema: JsonSchema): boolean {
  if (typeof schema['x-required'] === 'boolean') return schema['x-required'];
  const reference = schema['$ref'];
  const target =
    typeof reference === 'string'
      ? resolveReference(reference, { schema, defs: connector.$defs ?? {} })
      : schema;
  return isObject(target) && Array.isArray(target['required']) && target['required'].length > 0;
}

/** One schema for what people choose of a trigger; without one, nothing is chosen. */
export function triggerInputSchemaOf(
  connector: Pick<Connector, '$defs'>,
  trigger: Pick<Trigger, 'inputSchema'>,
): JsonSchema {
  return withDefs(
    connector,
    trigger.inputSchema ?? { type: 'object', properties: {}, additionalProperties: false },
  );
}

/** The schema of an action's output, with the connector's `$defs`. */
export function outputSchemaOf(connector: Connector, action: { outputSchema: JsonSchema }): JsonSchema {
  return withDefs(connector, action.outputSchema);
}

/** The schema of a connection's settings; without one, no setting is allowed. */
export function connectionSchemaOf(connector: Connector): JsonSchema {
  return withDefs(
    connector,
    connector.connectionSchema ?? { type: 'object', properties: {}, additionalProperties: false },
  );
}

/**
 * The schema of what a person types in for one way to sign in: the fixed names of the type, refined and extended by
 * `credentialsSchema`, and nothing else.
 */
export function credentialsSchemaOf(connector: Connector, auth: Auth): JsonSchema {
  const fixed = fixedCredentials(auth);
  const own = auth.credentialsSchema ?? {};
  const ownProperties = (own['properties'] ?? {}) as { [name: string]: Json };
  const properties: { [name: string]: Json } = { ...fixed.properties };
  for (const [name, schema] of Object.entries(ownProperties)) {
    const base = Object.hasOwn(fixed.properties, name) ? fixed.properties[name] : undefined;
    // What is secret by its kind stays so, whatever a document says: else a draft could show the key of somebody's connection.
    const secret: JsonSchema = base?.['x-secret'] === true ? { 'x-secret': true } : {};
    properties[name] = base && isObject(schema) ? { ...base, ...schema, ...secret } : schema;
  }
  const required = [...new Set([...fixed.required, ...((own['required'] ?? []) as string[])])];
  return withDefs(connector, { ...own, type: 'object', properties, required, additionalProperties: false });
}

/** A schema that stands alone: the connector's `$defs` beside its own, which win. */
export function withDefs(connector: Pick<Connector, '$defs'>, schema: JsonSchema): JsonSchema {
  const { $id: _, ...rest } = schema;
  if (!connector.$defs) return rest;
  const own = schema['$defs'] as JsonSchema | undefined;
  // Shared as they are: copying hundreds of definitions for every schema would be most of the work.
  return { ...rest, $defs: own ? { ...connector.$defs, ...own } : (connector.$defs as JsonSchema) };
}

/** A schema that becomes a member of a larger one: its own references move along, those to the connector's `$defs` stay. */
function moveReferences(value: Json, base: string, whole: JsonSchema): Json {
  if (Array.isArray(value)) return value.map((entry) => moveReferences(entry, base, whole));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !(key === '$id' && value === whole))
      .map(([key, entry]) => {
        if (key !== '$ref' || typeof entry !== 'string') return [key, moveReferences(entry, base, whole)];
        const name = /^#\/\$defs\/([^/]+)/.exec(entry)?.[1];
        const own = isObject(whole['$defs']) ? whole['$defs'] : {};
        return [key, name !== undefined && !Object.hasOwn(own, name) ? entry : `#${base}${entry.slice(1)}`];
      }),
  );
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

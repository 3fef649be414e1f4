/** Every embedded schema stays inside the subset that may be compiled, and the two ways of writing an action are not mixed. */
import { pointer, problem, problemLimit, quote, type Problem } from '../problem.ts';
import { makePatternBudget } from '../schemas/check-pattern.ts';
import { checkExpansions, checkSchema } from '../schemas/check-schema.ts';
import { isWireMode } from '../schemas/compose-schema.ts';
import type { Connector, JsonSchema } from '../types.ts';
import type { Rule } from './list-requests.ts';

export const checkSchemas: Rule = (connector) => {
  const schemas = listSchemas(connector);
  const found: Problem[] = [];
  const patterns = makePatternBudget();
  for (const { schema, path } of schemas) {
    found.push(...checkSchema(schema, path, connector.$defs, path.startsWith('/$defs/'), patterns));
    if (found.length >= problemLimit) break;
  }
  if (found.length > 0) return found;
  // Definitions are counted where something names them.
  const roots = schemas.filter(({ path }) => !path.startsWith('/$defs/'));
  found.push(...roots.flatMap((root) => checkShadows(root, connector)));
  if (found.length === 0) found.push(...checkExpansions(roots, connector.$defs));
  return [...found, ...checkModes(connector), ...checkFormRoots(connector)];
};

/** All schemas of a connector with where they stand. */
export function listSchemas(connector: Connector): { schema: JsonSchema; path: string }[] {
  const found: { schema: JsonSchema; path: string }[] = [];
  const add = (schema: JsonSchema | undefined, path: string) => {
    if (schema !== undefined) found.push({ schema, path });
  };
  add(connector.connectionSchema, '/connectionSchema');
  for (const [name, schema] of Object.entries(connector.$defs ?? {})) add(schema, pointer('/$defs', name));
  connector.auth.forEach((auth, index) =>
    add(auth.credentialsSchema, pointer('/auth', index, 'credentialsSchema')),
  );
  connector.actions.forEach((action, index) => {
    for (const name of [
      'pathSchema',
      'querySchema',
      'headersSchema',
      'cookiesSchema',
      'bodySchema',
      'inputSchema',
      'outputSchema',
    ] as const) {
      add(action[name], pointer('/actions', index, name));
    }
  });
  (connector.triggers ?? []).forEach((trigger, index) => {
    add(trigger.inputSchema, pointer('/triggers', index, 'inputSchema'));
    add(trigger.outputSchema, pointer('/triggers', index, 'outputSchema'));
  });
  for (const [name, { field }] of Object.entries(connector.fieldSources ?? {})) {
    const path = pointer('/fieldSources', name, 'field', 'type');
    for (const [type, schema] of Object.entries(field.type?.map ?? {}))
      add(schema, pointer(path, 'map', type));
    add(field.type?.default, `${path}/default`);
  }
  return found;
}

/** One name means one definition, wherever it is used. */
function checkShadows(
  { schema, path }: { schema: JsonSchema; path: string },
  connector: Connector,
): Problem[] {
  return Object.keys(schema['$defs'] ?? {})
    .filter((name) => Object.hasOwn(connector.$defs ?? {}, name))
    .map((name) =>
      problem(
        pointer(path, '$defs', name),
        'duplicate',
        `The $defs of the connector have a ${quote(name)} as well; give one of them another name.`,
      ),
    );
}

function checkModes(connector: Connector): Problem[] {
  return connector.actions.flatMap((action, index) => {
    if (!action.inputSchema) return [];
    return (['pathSchema', 'querySchema', 'headersSchema', 'cookiesSchema'] as const)
      .filter((name) => action[name] !== undefined)
      .map((name) =>
        problem(
          pointer('/actions', index, name),
          'mixed_modes',
          `An action has either inputSchema and templates, or ${name} and its sisters; take one of them out.`,
        ),
      );
  });
}

/** Forms, settings and credentials are objects; anything else could not be shown as fields. */
function checkFormRoots(connector: Connector): Problem[] {
  const roots: { schema: JsonSchema | undefined; path: string }[] = [
    { schema: connector.connectionSchema, path: '/connectionSchema' },
  ];
  connector.auth.forEach((auth, index) =>
    roots.push({ schema: auth.credentialsSchema, path: pointer('/auth', index, 'credentialsSchema') }),
  );
  connector.actions.forEach((action, index) => {
    roots.push({ schema: action.inputSchema, path: pointer('/actions', index, 'inputSchema') });
    if (isWireMode(action)) {
      for (const name of ['pathSchema', 'querySchema', 'headersSchema', 'cookiesSchema'] as const)
        roots.push({ schema: action[name], path: pointer('/actions', index, name) });
    }
  });
  return roots.flatMap(({ schema, path }) =>
    schema && schema['type'] !== undefined && schema['type'] !== 'object'
      ? [problem(`${path}/type`, 'wrong_value', 'This schema must have the type "object".')]
      : [],
  );
}

/** `weftline docs FILE`: a page about an app for the people who use it, in Markdown. */
import { writeFileSync } from 'node:fs';
import type { Json } from '../json.ts';
import {
  connectionSchemaOf,
  credentialsSchemaOf,
  inputSchemaOf,
  withDefs,
} from '../schemas/compose-schema.ts';
import { resolveReference } from '../schemas/resolve-reference.ts';
import type { Connector, JsonSchema } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { exitCodes, readConnector } from './read-connector.ts';
import { count, showProblems } from './show-problems.ts';
import type { Terminal } from './terminal.ts';
import { toJson } from './write-json.ts';

/** @returns the exit code; with `json` the answer is `{ ok, app, markdown }` */
export function describeFile(
  file: string,
  options: { out?: string; json?: boolean },
  terminal: Pick<Terminal, 'write'>,
): number {
  const document = readConnector(file);
  const problems = validateConnector(document, 'save');
  if (problems.length > 0) {
    terminal.write(
      options.json
        ? toJson({ ok: false, problems })
        : `${file} has ${count(problems.length, 'problem')}:\n${showProblems(problems, document)}`,
    );
    return exitCodes.problems;
  }
  const connector = document as Connector;
  const markdown = describeApp(connector);
  if (options.out !== undefined) writeFileSync(options.out, markdown);
  if (options.json) terminal.write(toJson({ ok: true, app: connector.app.key, markdown }));
  else terminal.write(options.out === undefined ? markdown : `The page is in ${options.out}.\n`);
  return exitCodes.done;
}

/** The page: how to sign in, then every action and trigger with what goes in and comes out. */
export function describeApp(connector: Connector): string {
  const { app, version } = connector;
  const lines = [
    `# ${app.name}`,
    '',
    ...(app.description ? [app.description, ''] : []),
    `Version ${version}.`,
    '',
  ];
  lines.push('## Signing in', '');
  for (const auth of connector.auth) {
    lines.push(`### ${auth.label}`, '', ...(auth.description ? [auth.description, ''] : []));
    lines.push(...table(credentialsSchemaOf(connector, auth)));
  }
  const settings = table(connectionSchemaOf(connector));
  if (settings.length > 0) lines.push('### Settings', '', ...settings);
  const actions = connector.actions.filter(({ hidden }) => hidden !== true);
  if (actions.length > 0) lines.push('## Actions', '');
  for (const action of actions) {
    lines.push(
      `### ${action.name} (\`${action.key}\`)`,
      '',
      ...(action.description ? [action.description, ''] : []),
    );
    if (action.effect) lines.push(`Effect: ${action.effect}.`, '');
    lines.push(...table(inputSchemaOf(connector, action), 'Input'));
    lines.push(...table(withDefs(connector, action.outputSchema), 'Output'));
  }
  const triggers = (connector.triggers ?? []).filter(({ hidden }) => hidden !== true);
  if (triggers.length > 0) lines.push('## Triggers', '');
  for (const trigger of triggers) {
    lines.push(
      `### ${trigger.name} (\`${trigger.key}\`)`,
      '',
      ...(trigger.description ? [trigger.description, ''] : []),
    );
    lines.push(...table(withDefs(connector, trigger.inputSchema ?? {}), 'Input'));
    lines.push(...table(withDefs(connector, trigger.outputSchema), 'Event'));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The members of a schema, and one level below, as a table; nothing when it has none. */
function table(schema: JsonSchema, title?: string): string[] {
  const rows = membersOf(schema, schema, '', 2);
  if (rows.length === 0) return [];
  const heading = title ? [`**${title}**`, ''] : [];
  return [...heading, '| name | needed | type | what |', '| --- | --- | --- | --- |', ...rows, ''];
}

function membersOf(value: Json, root: JsonSchema, path: string, depth: number): string[] {
  const schema = follow(value, root);
  const properties = schema['properties'];
  if (depth === 0 || typeof properties !== 'object' || properties === null) return [];
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).flatMap(([name, member]) => {
    const own = follow(member as Json, root);
    const type = own['enum']
      ? (own['enum'] as Json[]).map(String).join(', ')
      : [own['type'] ?? 'any'].flat().join(' or ');
    const what = String(own['x-label'] ?? own['title'] ?? own['description'] ?? '');
    const help = typeof own['x-help'] === 'string' ? `${what ? `${what}. ` : ''}${own['x-help']}` : what;
    const row = `| \`${path}${name}\` | ${required.includes(name) ? 'yes' : ''} | ${cell(type)} | ${cell(help)} |`;
    return [row, ...membersOf(own, root, `${path}${name}.`, depth - 1)];
  });
}

function follow(value: Json, root: JsonSchema): JsonSchema {
  const schema = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const target =
    typeof schema['$ref'] === 'string'
      ? resolveReference(schema['$ref'], { schema: root, defs: {} })
      : schema;
  return typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').slice(0, 300);
}

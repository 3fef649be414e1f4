/** What people fill in when they set up a step or a trigger, part by part as it is written. */
import { pointer } from '../problem.ts';
import { inputSchemaOf } from '../schemas/compose-schema.ts';
import { makeMarkFinder } from '../schemas/find-marked.ts';
import { listMembers, type Member } from '../schemas/list-members.ts';
import type { Connector, JsonSchema } from '../types.ts';
import { triggerInputOf } from './placed-template.ts';

/** `whole` is the schema of the input; `members` are its parts, with their places in it. */
export type Form = { whole: JsonSchema; members: Member[]; path: string };

/** Members of all forms together; a document with more is refused. */
export const mostFormMembers = 50_000;

/**
 * The forms of actions and triggers that hold one of the keywords, each walked when it is asked for.
 * @param keywords such as `x-optionsFrom`
 */
export function* listForms(connector: Connector, keywords: readonly string[]): Generator<Form> {
  const holds = makeMarkFinder(connector.$defs ?? {}, keywords);
  const members = (schema: JsonSchema | undefined, path: string, place = ''): Member[] =>
    schema !== undefined && holds(schema) ? listMembers(schema, path, connector.$defs, place) : [];
  for (const [index, action] of connector.actions.entries()) {
    const path = pointer('/actions', index);
    const found = action.inputSchema
      ? members(action.inputSchema, `${path}/inputSchema`)
      : (['path', 'query', 'headers', 'cookies', 'body'] as const).flatMap((part) =>
          members(action[`${part}Schema`], `${path}/${part}Schema`, part),
        );
    if (found.length > 0) yield { path, whole: inputSchemaOf(connector, action), members: found };
  }
  for (const [index, trigger] of (connector.triggers ?? []).entries()) {
    const path = pointer('/triggers', index);
    const found = members(trigger.inputSchema, `${path}/inputSchema`);
    if (found.length > 0) yield { path, whole: triggerInputOf(connector, trigger), members: found };
  }
}

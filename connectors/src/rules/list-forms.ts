/** What people fill in when they set up a step or a trigger, part by part as it is written. */
import { pointer } from '../problem.ts';
import { inputSchemaOf } from '../schemas/compose-schema.ts';
import { listMembers, type Member } from '../schemas/list-members.ts';
import type { Connector, JsonSchema } from '../types.ts';
import { triggerInputOf } from './placed-template.ts';

/** `whole` is the schema of the input; `members` are its parts, with their places in it. */
export type Form = { whole: JsonSchema; members: Member[]; isTrigger: boolean };

/** The forms of all actions and triggers. */
export function listForms(connector: Connector): Form[] {
  const members = (schema: JsonSchema | undefined, path: string, place = ''): Member[] =>
    schema === undefined ? [] : listMembers(schema, path, connector.$defs, place);
  return [
    ...connector.actions.map((action, index) => {
      const path = pointer('/actions', index);
      return {
        isTrigger: false,
        whole: inputSchemaOf(connector, action),
        members: action.inputSchema
          ? members(action.inputSchema, `${path}/inputSchema`)
          : (['path', 'query', 'headers', 'body'] as const).flatMap((part) =>
              members(action[`${part}Schema`], `${path}/${part}Schema`, part),
            ),
      };
    }),
    ...(connector.triggers ?? []).map((trigger, index) => ({
      isTrigger: true,
      whole: triggerInputOf(connector, trigger),
      members: members(trigger.inputSchema, pointer('/triggers', index, 'inputSchema')),
    })),
  ];
}

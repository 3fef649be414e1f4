/** A value with templates, the place where it stands, and what the lists of such places have in common. */
import type { Json } from '../json.ts';
import { withDefs } from '../schemas/compose-schema.ts';
import type { Connector, JsonSchema, RequestReference, Trigger } from '../types.ts';
import { isWrittenOut } from './list-requests.ts';

/** A value with templates in it. `declared` are the schemas that the names of a scope must be found in. */
export type PlacedTemplate = {
  value: Json;
  path: string;
  roots: string[];
  declared: { [root: string]: JsonSchema };
  /** One hole and nothing else, taken as true or false. */
  isCondition?: boolean;
};

/** What a trigger asks for; `{}` knows nothing, so every name may be read. */
export function triggerInputOf(connector: Connector, trigger: Trigger | undefined): JsonSchema {
  return withDefs(connector, trigger?.inputSchema ?? {});
}

/** What is kept of a subscription, so that a name which nothing captures is found; `{}` where there is none. */
export function subscriptionScope(trigger: Trigger | undefined): { [root: string]: JsonSchema } {
  const { subscribe, renew } = trigger?.webhook ?? {};
  if (!subscribe) return {};
  const names = Object.keys({ ...subscribe?.capture, ...renew?.request.capture });
  return {
    subscription: {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, {}])),
      additionalProperties: false,
    },
  };
}

export type Add = (
  value: Json | undefined,
  path: string,
  roots: string[],
  declared?: { [root: string]: JsonSchema },
  isCondition?: boolean,
) => void;

/** What a reference to an action fills in. */
export function addWith(
  reference: RequestReference,
  path: string,
  roots: string[],
  declared: { [root: string]: JsonSchema },
  add: Add,
): void {
  if (!isWrittenOut(reference)) add(reference.with, `${path}/with`, roots, declared);
}

import { inputSchemaOf, outputSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import type { Action, Connector, JsonSchema } from '@weftline/connectors/types';

type Compose = (connector: Connector, action: Action) => JsonSchema;

/** By the identity of the action's document, which also decides what is cached for the schema. */
const onceForEach = (compose: Compose): Compose => {
  const composed = new WeakMap<Action, JsonSchema>();
  return (connector, action) => {
    let schema = composed.get(action);
    if (schema === undefined) composed.set(action, (schema = compose(connector, action)));
    return schema;
  };
};

/** The whole schema of an action's input, put together once for each document; not to be changed. */
export const composeInputSchema = onceForEach(inputSchemaOf);

/** The whole schema of an action's output, likewise. */
export const composeOutputSchema = onceForEach(outputSchemaOf);

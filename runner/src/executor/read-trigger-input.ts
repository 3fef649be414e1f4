// What the templates of a trigger read as `input`. Kept and shown is what the person typed.
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Problem } from '@weftline/connectors/problem';
import { triggerInputSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import { encodeInput } from '@weftline/connectors/schemas/encode-input';
import type { Connector, Trigger } from '@weftline/connectors/types';
import { listSecretInputs } from './list-secret-inputs.ts';

export type TriggerInput = { input: Json; secretInputs: string[]; problems: Problem[] };

/** @returns the input in the forms its schema asks for, its secret texts in both forms, and what has no such form */
export function readTriggerInput(connector: Connector, trigger: Trigger, typed: Json): TriggerInput {
  const schema = triggerInputSchemaOf(connector, trigger);
  const { value, secrets, problems } = encodeInput(schema, typed);
  const own = isJsonObject(typed) ? listSecretInputs(schema, typed) : [];
  return { input: value, secretInputs: [...own, ...secrets], problems };
}

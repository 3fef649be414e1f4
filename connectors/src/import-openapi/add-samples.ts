/** Answers that the document shows become samples, where they fit their schemas. */
import type { Json } from '../json.ts';
import { partsToCompile } from '../rules/publish/check-samples.ts';
import { outputSchemaOf } from '../schemas/compose-schema.ts';
import { countReachable } from '../schemas/reachable-definitions.ts';
import { findSecret } from '../rules/publish/check-secrets.ts';
import type { Connector } from '../types.ts';
import { validateValue } from '../validate-value.ts';

const mostCharacters = 20_000;

/** @param examples by the keys of actions; only so many are tried as publishing would check */
export function addSamples(connector: Connector, examples: ReadonlyMap<string, Json>): Connector {
  let parts = 0;
  const actions = connector.actions.map((action) => {
    const example = examples.get(action.key);
    if (example === undefined || parts > partsToCompile / 2) return action;
    const text = JSON.stringify(example);
    if (text.length > mostCharacters || findSecret(text) !== null) return action;
    const schema = outputSchemaOf(connector, action);
    const cost = countReachable(schema);
    if (cost > 2000) return action;
    parts += cost;
    return validateValue(schema, example).length === 0 ? { ...action, sample: example } : action;
  });
  return { ...connector, actions };
}

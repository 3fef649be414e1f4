/** Documents show keys as examples; what has the shape of a real one could not be published. */
import { findSecret } from '../rules/publish/check-secrets.ts';
import type { Connector } from '../types.ts';

/** The connector with such texts taken out of its words and examples. */
export function scrubSecrets(connector: Connector): Connector {
  const scrub = (value: unknown): unknown => {
    if (typeof value === 'string') {
      let text = value;
      for (let found = findSecret(text); found !== null; found = findSecret(text))
        text = text.replace(found.text, '…');
      return text;
    }
    if (Array.isArray(value)) return value.map(scrub);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, scrub(member)]));
  };
  return scrub(connector) as Connector;
}

/** A connector that is larger than a document may be loses words first, and then its last actions. */
import type { Json } from '../json.ts';
import { documentLimits, measureValue } from '../measure-value.ts';
import { reachableDefinitions } from '../schemas/reachable-definitions.ts';
import type { Action, Connector } from '../types.ts';
import type { Source } from './source.ts';

export type Fitted = { connector: Connector; lost: Action[] };

/** @returns the connector, and the actions that have no place in it */
export function fitLimits(source: Source, connector: Connector): Fitted {
  if (fits(connector)) return { connector, lost: [] };
  source.warn('The document is so large that the descriptions of members are left out.');
  const plain = withoutWords(connector);
  if (fits(plain)) return { connector: plain, lost: [] };
  let low = 0;
  let high = plain.actions.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(first(plain, middle))) low = middle;
    else high = middle - 1;
  }
  return { connector: first(plain, low), lost: plain.actions.slice(low) };
}

/** Room for what is added later, such as samples. */
const limits = { ...documentLimits, bytes: documentLimits.bytes * 0.95, nodes: documentLimits.nodes * 0.95 };
const fits = (connector: Connector): boolean => {
  const { problem } = measureValue(connector, limits);
  return problem === null || problem.code !== 'too_large';
};

function first(connector: Connector, count: number): Connector {
  const actions = connector.actions.slice(0, count);
  const rest = { ...connector, actions };
  const { $defs = {}, ...own } = rest;
  return {
    ...own,
    $defs: reachableDefinitions(own as unknown as Json, $defs as { [name: string]: Json }),
  } as Connector;
}

function withoutWords(connector: Connector): Connector {
  const strip = (value: Json, isMap: boolean): Json => {
    if (Array.isArray(value)) return value.map((entry) => strip(entry, false));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, entry]) => isMap || !words.has(key) || typeof entry === 'object')
        .filter(([key]) => isMap || key !== 'examples')
        .map(([key, entry]) => [
          key,
          isMap || !plain.has(key) ? strip(entry, maps.has(key) && !isMap) : entry,
        ]),
    );
  };
  const actions = connector.actions.map((action) => ({
    ...(strip(action as unknown as Json, false) as unknown as Action),
    ...(action.description === undefined ? {} : { description: action.description }),
  }));
  const { $defs } = connector;
  return {
    ...connector,
    actions,
    ...($defs ? { $defs: strip($defs as Json, true) as Connector['$defs'] & object } : {}),
  };
}

const words = new Set(['description', 'title', '$comment']);
const maps = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);
/** Values, not schemas. */
const plain = new Set(['const', 'default', 'enum', 'sample']);

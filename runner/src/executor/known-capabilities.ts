// What this runner can do. A version that another, newer process has published may require more.
import { capabilities } from '@weftline/connectors/list-capabilities';
import type { Connector } from '@weftline/connectors/types';

const known = new Set<string>(capabilities);

/** The required capabilities that this runner does not have, as the document writes them. */
export const unknownCapabilities = ({ requires = [] }: Connector): string[] =>
  requires
    .filter((capability) => !known.has(capability))
    .map((capability) => String(capability).slice(0, 60));

/** A document that says what it requires says all of it; one that does not leaves it to be read from the document. */
import { listCapabilities } from '../../list-capabilities.ts';
import { problem } from '../../problem.ts';
import type { Rule } from '../list-requests.ts';

export const checkRequires: Rule = (connector) => {
  const { requires } = connector;
  if (requires === undefined) return [];
  const missing = listCapabilities(connector).filter((capability) => !requires.includes(capability));
  return missing.length === 0
    ? []
    : [
        problem(
          '/requires',
          'requires_missing',
          `The document uses more than it requires; add ${missing.join(', ')}, or leave "requires" out.`,
        ),
      ];
};

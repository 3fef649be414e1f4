/** The example connector of the reference, taken out of the page people read. */
import { readFileSync } from 'node:fs';
import { referenceFile } from './generate-reference.ts';

/** @returns the document as it stands in `docs/connectors.md`, parsed and not yet validated */
export function readExample(): unknown {
  const found = /## A complete example[\s\S]*?```json\n([\s\S]*?)\n```/.exec(
    readFileSync(referenceFile, 'utf8'),
  );
  if (!found) throw new Error('docs/connectors.md has no complete example.');
  return JSON.parse(found[1]!) as unknown;
}

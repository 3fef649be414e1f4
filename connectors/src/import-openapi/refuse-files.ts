/** References to what only the machine that imports can read are no mistake of an honest document. */
import type { Json } from '../json.ts';
import { ImportError } from './import-error.ts';
import type { Source } from './source.ts';

/** @throws ImportError `not_possible` for a `$ref` to `file:` and its like; nothing outside a document is ever read */
export function refuseFiles({ document }: Source): void {
  const visit = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value) as [string, Json][]) {
      const scheme =
        key === '$ref' && typeof member === 'string' ? /^([a-z][a-z0-9+.-]+):/i.exec(member)?.[1] : undefined;
      if (scheme !== undefined && !/^https?$/i.test(scheme))
        throw new ImportError(
          'not_possible',
          `The document refers to a "${scheme}:" address, which nobody may read.`,
        );
      visit(member);
    }
  };
  visit(document);
}

/** Finds the schemas that are another for what is sent than for what comes back. */
import type { Json, JsonObject } from '../json.ts';
import { findTarget, type Source } from './source.ts';

type Facts = { holds: boolean; references: string[] };

/**
 * @returns a function that says whether the schema behind a reference holds `readOnly` or `writeOnly` members, itself
 *   or through what it names
 */
export function makeOneWay(source: Source): (reference: string) => boolean {
  const facts = new Map<string, Facts>();
  const answers = new Map<string, boolean>();

  const factsOf = (reference: string): Facts => {
    const known = facts.get(reference);
    if (known) return known;
    const found: Facts = { holds: false, references: [] };
    facts.set(reference, found);
    visit(findTarget(source, reference)?.value, found);
    return found;
  };

  return (reference) => {
    const known = answers.get(reference);
    if (known !== undefined) return known;
    const seen = new Set<string>();
    const open = [reference];
    let holds = false;
    while (open.length > 0 && !holds) {
      const next = open.pop()!;
      if (seen.has(next)) continue;
      seen.add(next);
      holds = answers.get(next) === true || factsOf(next).holds;
      open.push(...factsOf(next).references);
    }
    // Nothing that was walked holds one, or only the schema that was asked for is known to.
    if (holds) answers.set(reference, true);
    else for (const one of seen) answers.set(one, false);
    return holds;
  };
}

function visit(value: Json | undefined, found: Facts): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) return value.forEach((entry) => visit(entry, found));
  const schema: JsonObject = value;
  if (schema['readOnly'] === true || schema['writeOnly'] === true) found.holds = true;
  for (const [key, member] of Object.entries(schema)) {
    if (key === '$ref' && typeof member === 'string') found.references.push(member);
    else if (key !== 'example' && key !== 'examples' && key !== 'enum' && key !== 'default')
      visit(member, found);
  }
}

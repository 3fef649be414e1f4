/** Each `{x}` of an endpoint is a member of `pathSchema`, `{+x}` that or an input, and each member of `pathSchema` is used. */
import { problem, quote, type Problem } from '../problem.ts';
import { findDeclared } from '../schemas/find-declared.ts';
import { inputSchemaOf, withDefs } from '../schemas/compose-schema.ts';
import { credentialPlaces } from '../schemas/fixed-credentials.ts';
import type { Connector } from '../types.ts';
import { listRequests, type PlacedRequest, type Rule } from './list-requests.ts';
import { triggerInputOf } from './placed-template.ts';

export const checkPlaceholders: Rule = (connector) => {
  const places = credentialPlaces(connector);
  return listRequests(connector).flatMap((placed) => {
    const { request, path, action, owner } = placed;
    const found: Problem[] = [];
    const at = `${path}/endpointTemplate`;
    const { names: all, free, rest } = listPlaceholders(request.endpointTemplate);
    // What a credential or a page fills is no input.
    const names = all.filter((name) => !places.has(name) && name !== placed.pagePlace);
    const pathSchema = (action ?? owner)?.pathSchema;
    if (/[{}]/.test(rest))
      found.push(
        problem(
          at,
          'bad_placeholder',
          'A placeholder is a name in single braces, such as {id} or {+path}; this one is not closed or has no name.',
        ),
      );
    const schema = pathSchema && withDefs(connector, pathSchema);
    for (const name of names) {
      if (!schema && free.has(name)) {
        if (!readsInput(connector, placed, name))
          found.push(
            problem(
              at,
              'placeholder_mismatch',
              `{+${name}} is the input ${quote(name)} with its slashes, which is declared nowhere; add it to the inputs.`,
            ),
          );
      } else if (!schema)
        found.push(
          problem(
            at,
            'placeholder_mismatch',
            `{${name}} needs a pathSchema with the member ${quote(name)}; for an input write {{input.${name}}}, or {+${name}} to keep its slashes.`,
          ),
        );
      else if (findDeclared(schema, [name]) !== null)
        found.push(
          problem(at, 'placeholder_mismatch', `{${name}} is not declared in pathSchema; add it there.`),
        );
    }
    const declared = (action?.pathSchema?.['properties'] ?? {}) as object;
    for (const name of Object.keys(declared)) {
      if (!names.includes(name) && !request.endpointTemplate.includes('{{')) {
        found.push(
          problem(
            `${path}/pathSchema/properties`,
            'placeholder_mismatch',
            `${quote(name)} is not used; write {${name}} into endpointTemplate or take it out.`,
          ),
        );
      }
    }
    return found;
  });
};

/** Is there an input of that name? Requests that read no input have none; of a source's inputs nobody knows the schema. */
function readsInput(
  connector: Connector,
  { action, owner, trigger, auth, roots }: PlacedRequest,
  name: string,
): boolean {
  if (auth) return false;
  const acting = action ?? owner;
  if (acting) return findDeclared(inputSchemaOf(connector, acting), [name]) === null;
  if (trigger) return findDeclared(triggerInputOf(connector, trigger), [name]) === null;
  return roots?.includes('input') === true;
}

/** Names of `{x}` and `{+x}` outside of `{{ … }}`, those of `{+x}` alone, and the text that is left without them. */
export function listPlaceholders(endpoint: string): { names: string[]; free: Set<string>; rest: string } {
  const names: string[] = [];
  const free = new Set<string>();
  const rest = endpoint
    .replaceAll(/\{\{[\s\S]*?\}\}/g, '')
    .replaceAll(/\{(\+?)([^{}/+][^{}/]*)\}/g, (_, plus: string, name: string) => {
      names.push(name);
      if (plus !== '') free.add(name);
      return '';
    });
  return { names, free, rest };
}

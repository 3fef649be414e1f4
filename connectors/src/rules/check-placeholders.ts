/** Each `{x}` of an endpoint is a member of `pathSchema`, and each member of `pathSchema` is used. */
import { problem, quote, type Problem } from '../problem.ts';
import { findDeclared } from '../schemas/find-declared.ts';
import { withDefs } from '../schemas/compose-schema.ts';
import { credentialPlaces } from '../schemas/fixed-credentials.ts';
import { listRequests, type Rule } from './list-requests.ts';

export const checkPlaceholders: Rule = (connector) => {
  const places = credentialPlaces(connector);
  return listRequests(connector).flatMap(({ request, path, action }) => {
    const found: Problem[] = [];
    const at = `${path}/endpointTemplate`;
    const { names: all, rest } = listPlaceholders(request.endpointTemplate);
    // What a credential fills is no input.
    const names = all.filter((name) => !places.has(name));
    if (/[{}]/.test(rest))
      found.push(
        problem(
          at,
          'bad_placeholder',
          'A placeholder is a name in single braces, such as {id} or {+path}; this one is not closed or has no name.',
        ),
      );
    const schema = action?.pathSchema && withDefs(connector, action.pathSchema);
    for (const name of names) {
      if (!schema)
        found.push(
          problem(
            at,
            'placeholder_mismatch',
            `{${name}} needs a pathSchema with the member ${quote(name)}${action?.inputSchema ? `; with inputSchema write {{input.${name}}}` : ''}.`,
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

/** Names of `{x}` and `{+x}` outside of `{{ … }}`, and the text that is left without them. */
export function listPlaceholders(endpoint: string): { names: string[]; rest: string } {
  const names: string[] = [];
  const rest = endpoint
    .replaceAll(/\{\{[\s\S]*?\}\}/g, '')
    .replaceAll(/\{\+?([^{}/]+)\}/g, (_, name: string) => {
      names.push(name);
      return '';
    });
  return { names, rest };
}

/** Methods and bodies that belong together. */
import { isTemplate, parseTemplate } from '../expression/parse-template.ts';
import { loneHole } from '../expression/syntax.ts';
import type { Json } from '../json.ts';
import { askingMethods, bodilessMethods, methods } from '../methods.ts';
import { problem, quote, type Problem } from '../problem.ts';
import type { Action, Request } from '../types.ts';
import { listRequests, type Rule } from './list-requests.ts';

const bodyFormats = ['none', 'json', 'form', 'text', 'auto'];

export const checkMethods: Rule = (connector) =>
  listRequests(connector).flatMap(({ request, path, action, auth, login }) => {
    const found: Problem[] = [];
    const hasBody =
      request.bodyTemplate !== undefined ||
      (action !== undefined && action.inputSchema === undefined && action.bodySchema !== undefined);
    if (bodilessMethods.has(request.method) && hasBody)
      found.push(
        problem(
          `${path}/method`,
          'body_not_sent',
          `A ${request.method} request has no body; use POST, or take the body out.`,
        ),
      );
    if (request.bodyFormat === 'none' && hasBody)
      found.push(
        problem(
          `${path}/bodyFormat`,
          'body_not_sent',
          'The body format "none" sends no body; take bodyTemplate or bodyFormat out.',
        ),
      );
    // What prolongs or ends a session changes something by its nature.
    const mayChange = login === 'refresh' || login === 'logout';
    if (auth && !mayChange && !askingMethods.has(request.method)) {
      found.push(
        problem(
          `${path}/method`,
          'unsafe_test',
          'A connection test must change nothing; use GET (or POST where the service asks for it).',
        ),
      );
    }
    found.push(
      ...checkChoice(request, 'method', methods, action, path),
      ...checkChoice(request, 'bodyFormat', bodyFormats, action, path),
    );
    return found;
  });

/** A method or format that comes from a value must come from a closed list. */
function checkChoice(
  request: Request,
  name: 'method' | 'bodyFormat',
  allowed: readonly string[],
  action: Action | undefined,
  path: string,
): Problem[] {
  const template = request[name];
  if (template === undefined || !isTemplate(template)) return [];
  const input = inputNameOf(template);
  const properties = (action?.inputSchema?.['properties'] ?? {}) as {
    [name: string]: { [keyword: string]: Json };
  };
  const schema = input !== null && Object.hasOwn(properties, input) ? properties[input] : undefined;
  const values = schema?.['enum'];
  if (Array.isArray(values) && values.every((value) => allowed.includes(value as string))) return [];
  return [
    problem(
      `${path}/${name}`,
      'open_choice',
      `${quote(template)} must be one input whose schema has an "enum" of ${allowed.join(', ')}.`,
    ),
  ];
}

/** `{{input.x}}` or `{{input.x ?? 'default'}}` gives `x`. */
function inputNameOf(template: string): string | null {
  try {
    const expression = loneHole(parseTemplate(template))?.expression;
    const path =
      expression?.kind === 'binary' && expression.operator === '??' && expression.right.kind === 'literal'
        ? expression.left
        : expression;
    if (
      path?.kind !== 'path' ||
      path.base.kind !== 'root' ||
      path.base.name !== 'input' ||
      path.parts.length !== 1
    )
      return null;
    return path.parts[0]?.kind === 'name' ? path.parts[0].name : null;
  } catch {
    return null;
  }
}

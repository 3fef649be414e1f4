/** What a body format needs, and what no value may change in it. */
import { isTemplate } from '../expression/parse-template.ts';
import { problem, quote, type Problem } from '../problem.ts';
import { listRequests, type PlacedRequest, type Rule } from './list-requests.ts';

const bytes = new Set(['binary', 'text', 'multipartRelated', 'xml']);

export const checkBodies: Rule = (connector) => listRequests(connector).flatMap(checkBody);

function checkBody({ request, path, action }: PlacedRequest): Problem[] {
  const found: Problem[] = [];
  for (const name of ['graphql', 'jsonRpc'] as const) {
    if (request.bodyFormat === name && request[name] === undefined)
      found.push(
        problem(`${path}/${name}`, 'missing_key', `The body format "${name}" needs "${name}"; add it.`),
      );
    if (request.bodyFormat !== name && request[name] !== undefined)
      found.push(
        problem(
          `${path}/${name}`,
          'unknown_key',
          `"${name}" is read with the body format "${name}" only; set that, or take this out.`,
        ),
      );
    if (request.bodyFormat === name && request.method !== 'POST')
      found.push(problem(`${path}/method`, 'wrong_value', `A ${name} request is sent with POST.`));
  }
  const fixed = [
    [`${path}/graphql/query`, request.graphql?.query],
    [`${path}/graphql/operationName`, request.graphql?.operationName],
    [`${path}/jsonRpc/method`, request.jsonRpc?.method],
  ] as const;
  for (const [at, text] of fixed)
    if (text !== undefined && isTemplate(text))
      found.push(
        problem(
          at,
          'spliced_value',
          'No {{ … }} may stand here: hand values over in bodyTemplate, as variables or parameters.',
        ),
      );
  const isField = action?.idempotency?.mode === 'field' || action?.pagination?.send?.in === 'body';
  if (isField && bytes.has(request.bodyFormat ?? 'json'))
    found.push(
      problem(
        `${path}/bodyFormat`,
        'wrong_value',
        `A body of the format ${quote(request.bodyFormat)} has no members to put a value into; send it in a header or the query.`,
      ),
    );
  return found;
}

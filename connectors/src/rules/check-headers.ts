/** Header names that can be sent, and none of those the platform or the transport owns. */
import type { Json } from '../json.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import { isTemplate } from '../expression/parse-template.ts';
import type { Rule } from './list-requests.ts';
import { listRequests } from './list-requests.ts';

const transport = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'http2-settings',
]);

const owned: { [name: string]: string } = {
  authorization: 'Credentials belong to the connection: put this header into auth.apply.',
  cookie: 'Cookies belong to the connection: put a credential header into auth.apply.',
  'idempotency-key':
    'The platform sends its own key here: declare it under "idempotency" with mode "header".',
};

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export const checkHeaders: Rule = (connector) => {
  const found: Problem[] = checkNames(connector.defaults?.headersTemplate, '/defaults/headersTemplate', true);
  for (const { request, path, action } of listRequests(connector)) {
    found.push(...checkNames(request.headersTemplate, `${path}/headersTemplate`, true));
    const declared = action?.headersSchema?.['properties'];
    if (declared !== undefined)
      found.push(...checkNames(declared, `${path}/headersSchema/properties`, false));
    const { name, mode } = action?.idempotency ?? {};
    if (mode === 'header' && name !== undefined)
      found.push(...checkName(name, `${path}/idempotency/name`, ['idempotency-key']));
    for (const [index, source] of (request.retry?.retryAfter ?? []).entries()) {
      const header = source.from.header;
      if (header !== undefined && !token.test(header))
        found.push(
          problem(
            pointer(path, 'retry', 'retryAfter', index, 'from', 'header'),
            'bad_header',
            badName(header),
          ),
        );
    }
  }
  connector.auth.forEach((auth, index) => {
    (auth.apply ?? []).forEach((placement, at) => {
      const path = pointer('/auth', index, 'apply', at, 'name');
      if (placement.in === 'header' && !isTemplate(placement.name))
        found.push(...checkName(placement.name, path, ['authorization', 'cookie', 'proxy-authorization']));
      const isPlain = placement.in === 'path' || placement.in === 'cookie' || placement.in === 'body';
      if (isPlain && isTemplate(placement.name))
        found.push(
          problem(
            path,
            'wrong_value',
            'Only the name of a header or parameter may be a template; write the name itself.',
          ),
        );
      if ((placement.in === 'path' || placement.in === 'cookie') && !token.test(placement.name))
        found.push(problem(path, 'wrong_value', 'Must be a name of letters, digits, - and _.'));
      if (hasBreak(placement.value)) found.push(lineBreak(pointer('/auth', index, 'apply', at, 'value')));
    });
    found.push(
      ...checkNames(auth.oauth2?.tokenHeaders, pointer('/auth', index, 'oauth2', 'tokenHeaders'), true),
    );
  });
  return found;
};

function checkNames(headers: Json | undefined, path: string, hasValues: boolean): Problem[] {
  if (headers === null || typeof headers !== 'object' || Array.isArray(headers)) return [];
  const found: Problem[] = [];
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const here = pointer(path, name.slice(0, 100));
    found.push(...checkName(name, here, []));
    if (seen.has(name.toLowerCase()))
      found.push(
        problem(
          here,
          'duplicate',
          `${quote(name)} stands here twice; upper and lower case are the same in header names.`,
        ),
      );
    seen.add(name.toLowerCase());
    if (hasValues && hasBreak(value)) found.push(lineBreak(here));
  }
  return found;
}

function checkName(name: string, path: string, allowed: string[]): Problem[] {
  const lower = name.toLowerCase();
  if (allowed.includes(lower)) return [];
  if (!token.test(name)) return [problem(path, 'bad_header', badName(name))];
  if (transport.has(lower) || lower.startsWith('proxy-'))
    return [problem(path, 'forbidden_header', `${quote(name)} is set by the transport; take it out.`)];
  const why = Object.hasOwn(owned, lower) ? owned[lower] : undefined;
  return why === undefined ? [] : [problem(path, 'forbidden_header', why)];
}

function badName(name: string): string {
  return `${quote(name)} is no header name; use letters, digits and hyphens.`;
}

/** Line breaks inside a hole are part of the expression, not of the value. */
function hasBreak(value: Json | undefined): boolean {
  return typeof value === 'string' && /[\r\n]/.test(value.replaceAll(/\{\{[\s\S]*?\}\}/g, ''));
}

function lineBreak(path: string): Problem {
  return problem(path, 'bad_header', 'A header value must be one line; take the line break out.');
}

/** Fills addresses: what is written as an address stays one, and a hole that gives all of it must give a whole one. */
import { evaluateTemplate, type Scope } from './evaluate-template.ts';
import { ExpressionError } from './expression-error.ts';
import { fillEndpoint } from './fill-template.ts';
import { parseTemplate } from './parse-template.ts';
import type { Template } from './syntax.ts';

/** An address or a part of it that is written out. @throws ExpressionError `unresolved_path` where a part has no value */
export function fillWritten(template: Template, scope: Scope): string {
  const text = fillEndpoint(template, scope, { missing: 'fail' });
  if (text === undefined) throw new ExpressionError('unresolved_path', 'A part of the address has no value.');
  return text;
}

/** A hole that gives the whole address, and what is written behind it. @throws ExpressionError `bad_value` */
export function fillFree(template: Template, scope: Scope): string {
  const [hole, ...rest] = template.parts;
  const source = typeof hole === 'object' ? hole : undefined;
  const address =
    source === undefined
      ? undefined
      : evaluateTemplate({ source: source.source, parts: [source] }, scope, { missing: 'fail' });
  if (typeof address !== 'string' || !URL.canParse(address))
    throw new ExpressionError(
      'bad_value',
      `\`${source?.source.trim() ?? ''}\` must be a whole address such as https://api.example.com/v1.`,
    );
  if (rest.length === 0) return address;
  return address.replace(/\/+$/, '') + fillWritten({ source: template.source, parts: rest }, scope);
}

/** Fills a whole address, whichever way it is written. @throws ExpressionError */
export function fillAddress(source: string, scope: Scope): string {
  const template = parseTemplate(source);
  return typeof template.parts[0] === 'object' ? fillFree(template, scope) : fillWritten(template, scope);
}

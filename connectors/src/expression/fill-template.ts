import type { Json } from '../json.ts';
import { Budget } from './budget.ts';
import { joinParts, textOf, type MissingMode, type Scope } from './evaluate-template.ts';
import { ExpressionError } from './expression-error.ts';
import {
  encodeCookieValue,
  encodeCsvCell,
  encodeHeaderValue,
  encodeHost,
  encodeMailHeader,
  encodePathKeepingSlashes,
  encodePathSegment,
  encodeQueryValue,
  escapeXmlAttribute,
  escapeXmlText,
  refuseValue,
} from './positions.ts';
import { holesOf, type Template } from './syntax.ts';

/** Where the text of a template goes. `fixed` is for texts that hold no values at all, such as GraphQL documents. */
export type Position =
  | 'text'
  | 'path'
  | 'pathKeepSlashes'
  | 'host'
  | 'query'
  | 'form'
  | 'header'
  | 'cookie'
  | 'mailHeader'
  | 'xmlText'
  | 'xmlAttribute'
  | 'csv'
  | 'fixed';

const encoders: { [position in Position]: (value: Json) => string } = {
  text: textOf,
  path: encodePathSegment,
  pathKeepSlashes: encodePathKeepingSlashes,
  host: encodeHost,
  query: encodeQueryValue,
  form: encodeQueryValue,
  header: encodeHeaderValue,
  cookie: encodeCookieValue,
  mailHeader: encodeMailHeader,
  xmlText: escapeXmlText,
  xmlAttribute: escapeXmlAttribute,
  csv: encodeCsvCell,
  fixed: refuseValue,
};

/**
 * Fills a template to a text for one position: every hole is encoded for it, the written text stays as it is.
 * @returns undefined in 'drop' mode when a path did not resolve
 * @throws ExpressionError as evaluateTemplate, and bad_value when a value cannot stand in that position
 */
export function fillTemplate(
  template: Template,
  scope: Scope,
  mode: MissingMode & { position: Position },
  budget: Budget = new Budget(),
): string | undefined {
  const holes = holesOf(template);
  if (mode.position === 'fixed' && holes.length > 0) refuseValue();
  const text = joinParts(template, scope, mode, budget, encoders[mode.position]);
  if (text === undefined) return undefined;
  if (mode.position === 'header') return encodeHeaderValue(text);
  if (mode.position === 'path' || mode.position === 'pathKeepSlashes') refuseDotSegments(text);
  return text;
}

/**
 * Fills an endpoint such as `https://{{connection.host}}/users/{{input.id}}?q={{input.q}}`: each hole is encoded for
 * the place it stands in, so that a value can change neither host nor number of segments nor query fields.
 * @returns undefined in 'drop' mode when a path did not resolve
 * @throws ExpressionError as fillTemplate; invalid_expression for a hole in the scheme or after `#`
 */
export function fillEndpoint(template: Template, scope: Scope, mode: MissingMode): string | undefined {
  const budget = new Budget();
  let written = '';
  const positions = template.parts.map((part): Position | undefined => {
    if (typeof part === 'string') {
      written += part;
      return undefined;
    }
    const position = positionIn(written, part.start);
    written += 'x';
    return position;
  });
  let text = '';
  for (const [index, part] of template.parts.entries()) {
    const position = positions[index];
    const piece =
      position && typeof part !== 'string'
        ? fillTemplate({ source: part.source, parts: [part] }, scope, { ...mode, position }, budget)
        : (part as string);
    if (piece === undefined) return undefined;
    text += piece;
  }
  const path = text.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  refuseDotSegments(path);
  return text;
}

function positionIn(before: string, at: number): Position {
  if (before.includes('#'))
    throw new ExpressionError('invalid_expression', 'No {{ … }} may stand after # in an address.', {
      position: at,
    });
  if (before.includes('?')) return 'query';
  // Taken against a base address, `//x` names another host, and `\\` counts as `/`.
  if (before.startsWith('//') || before.includes('\\'))
    throw new ExpressionError('invalid_expression', 'An address starts with https:// or one /.', {
      position: at,
    });
  const scheme = before.indexOf('://');
  if (scheme !== -1 && !before.slice(scheme + 3).includes('/')) return 'host';
  if (scheme === -1 && !before.startsWith('/'))
    throw new ExpressionError(
      'invalid_expression',
      'An address starts with https:// or /, not with {{ … }}.',
      { position: at },
    );
  return 'path';
}

// A hole may be a part of a segment: `.{{x}}` with `.` would still leave the folder.
function refuseDotSegments(path: string): void {
  const climbs = path.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
  if (climbs) throw new ExpressionError('bad_value', 'A part of the path may not be `.` or `..`.');
}

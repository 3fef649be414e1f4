/** Takes an address template apart without evaluating it: scheme, host and what follows. */
import { ExpressionError } from '../expression/expression-error.ts';
import { parseTemplate } from '../expression/parse-template.ts';
import type { Hole } from '../expression/syntax.ts';

export type Address =
  | { kind: 'fixed'; protocol: 'http:' | 'https:'; host: string; hostname: string; rest: string }
  | { kind: 'templated'; protocol: 'http:' | 'https:'; holes: Hole[]; rest: string }
  | { kind: 'free'; hole: Hole; rest: string }
  | { kind: 'path'; rest: string }
  | { kind: 'wrong'; code: string; message: string };

/** Stands for a hole while the text is taken apart; no address may contain it. */
const mark = '\uE000';

const wrong = (code: string, message: string): Address => ({ kind: 'wrong', code, message });

/** What kind of address a template is. Templates that do not parse are `wrong`; check-templates.ts says why. */
export function readAddress(source: string): Address {
  const holes: Hole[] = [];
  let text = '';
  try {
    for (const part of parseTemplate(source).parts) {
      if (typeof part === 'string') text += part;
      else {
        holes.push(part);
        text += mark;
      }
    }
  } catch (error) {
    return wrong(
      'invalid_expression',
      error instanceof ExpressionError ? error.message : 'This is no template.',
    );
  }
  if (text === '')
    return wrong(
      'bad_address',
      'An address must not be empty; write one such as "https://api.example.com/v1".',
    );
  if (/[\s\\\p{Cc}]/u.test(text))
    return wrong(
      'bad_address',
      'An address must not contain blanks, line breaks or backslashes; take them out.',
    );
  if (text.includes('#'))
    return wrong('bad_address', 'An address must not contain "#"; take the fragment out.');
  if (text.startsWith('/')) return readPath(text);
  if (text.startsWith(mark)) {
    const rest = text.slice(1);
    if (rest !== '' && !rest.startsWith('/'))
      return wrong(
        'bad_address',
        'After the {{ … }} that gives the address only a path may follow, beginning with "/".',
      );
    return { kind: 'free', hole: holes[0]!, rest };
  }
  return readAbsolute(text, holes);
}

function readPath(text: string): Address {
  if (text.startsWith('//'))
    return wrong('bad_address', 'A path begins with one "/"; two would name another host.');
  if (text.split('/').some((segment) => segment === '..' || segment === '.'))
    return wrong('bad_address', 'A path must not contain "." or ".." as a segment.');
  return { kind: 'path', rest: text };
}

function readAbsolute(text: string, holes: Hole[]): Address {
  const found = /^(https?:)\/\/([^/?]*)(.*)$/s.exec(text);
  if (!found)
    return wrong('bad_address', 'An address begins with "https://" (or "http://"), a path with "/".');
  const [, protocol, authority = '', rest = ''] = found;
  if (authority.includes('@'))
    return wrong(
      'bad_address',
      'An address must not contain a user name or password before "@"; credentials belong to the connection.',
    );
  const scheme = protocol as 'http:' | 'https:';
  const count = authority.split(mark).length - 1;
  if (count > 0) return { kind: 'templated', protocol: scheme, holes: holes.slice(0, count), rest };
  try {
    const { host, hostname } = new URL(`${scheme}//${authority}/`);
    return { kind: 'fixed', protocol: scheme, host, hostname, rest };
  } catch {
    return wrong(
      'bad_address',
      'The host of this address cannot be read; write one such as "api.example.com".',
    );
  }
}

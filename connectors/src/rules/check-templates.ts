/** Templates parse, read only scopes that exist where they stand, and name only what is declared. */
import { checkValue } from '../expression/check-value.ts';
import { isTemplate, parseTemplate } from '../expression/parse-template.ts';
import { listPaths } from '../expression/list-paths.ts';
import { loneHole } from '../expression/syntax.ts';
import type { Json } from '../json.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import { findDeclared } from '../schemas/find-declared.ts';
import type { Rule } from './list-requests.ts';
import { listTemplates } from './list-templates.ts';
import type { PlacedTemplate } from './placed-template.ts';

export const checkTemplates: Rule = (connector) => listTemplates(connector).flatMap(checkPlaced);

/** Problems of one place: what does not parse, what cannot be read there, what nothing declares. */
export function checkPlaced(placed: PlacedTemplate): Problem[] {
  const texts = textsOf(placed.value, placed.path);
  const leaks = placed.roots.includes('credentials') ? [] : texts.flatMap(checkLeak);
  // A leak has its own sentence; the general one about unknown scopes would only repeat it.
  const roots = leaks.length > 0 ? [...placed.roots, 'credentials'] : placed.roots;
  const faults = checkValue(placed.value, { roots }, placed.path);
  if (faults.length > 0) return [...leaks, ...faults];
  return [
    ...leaks,
    ...texts.flatMap((text) => [
      ...checkDeclared(text, placed),
      ...(placed.isCondition ? checkCondition(text) : []),
    ]),
  ];
}

type Text = { text: string; path: string };

function textsOf(value: Json, path: string): Text[] {
  if (typeof value === 'string') return isTemplate(value) ? [{ text: value, path }] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, entry]) => textsOf(entry, pointer(path, key)));
}

/** Paths of a template; none when it does not parse, which is reported elsewhere. */
function pathsOf(text: string): ReturnType<typeof listPaths> {
  try {
    return listPaths(parseTemplate(text));
  } catch {
    return [];
  }
}

function checkLeak({ text, path }: Text): Problem[] {
  if (!pathsOf(text).some(({ root }) => root === 'credentials')) return [];
  return [
    problem(
      path,
      'credentials_outside_auth',
      'Credentials can be read only in auth.apply and in auth.oauth2; put them there, and they are sent with every request.',
    ),
  ];
}

function checkCondition({ text, path }: Text): Problem[] {
  if (loneHole(parseTemplate(text.trim()))) return [];
  return [
    problem(
      path,
      'not_a_condition',
      'A condition is one {{ … }} and nothing else, such as "{{body.ok == false}}".',
    ),
  ];
}

function checkDeclared({ text, path }: Text, placed: PlacedTemplate): Problem[] {
  const found: Problem[] = [];
  for (const read of pathsOf(text)) {
    const schema = Object.hasOwn(placed.declared, read.root) ? placed.declared[read.root] : undefined;
    if (!schema || !placed.roots.includes(read.root)) continue;
    const missing = findDeclared(schema, read.path);
    if (missing === null) continue;
    const name = [read.root, ...read.path.slice(0, missing + 1)].join('.');
    found.push(
      problem(
        path,
        'undeclared_name',
        `${quote(name)} is not declared; add it to ${schemaName(read.root)} or correct its spelling.`,
      ),
    );
  }
  return found;
}

function schemaName(root: string): string {
  if (root === 'connection') return 'connectionSchema';
  if (root === 'subscription') return 'the "capture" of "subscribe" or "renew"';
  if (root === 'steps') return 'the "capture" of a step before it';
  if (root === 'steps' || root === 'auth') return 'the capture of a step';
  if (root === 'stored') return 'the "store" of a handshake';
  if (root === 'webhook')
    return 'what there is (an address has "url", that of a workflow also "secret"), such as "credentials"';
  return root === 'credentials' ? "the auth's credentialsSchema" : 'the input schema of the action';
}

/** A login has steps with names of their own, and something that it is used by. */
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Auth } from '../types.ts';
import { checkAnswerPath } from './check-oauth2.ts';

export function checkSession({ type, session, apply }: Auth, path: string): Problem[] {
  const at = `${path}/session`;
  if (type !== 'SESSION')
    return session
      ? [problem(at, 'unknown_key', '"session" belongs to the type SESSION; change the type or take it out.')]
      : [];
  if (!session) return [problem(at, 'missing_key', '"session" is missing; the type SESSION needs a login.')];
  const found: Problem[] = [];
  if ((apply ?? []).length === 0 && session.cookies !== true)
    found.push(
      problem(
        `${path}/apply`,
        'missing_key',
        'Nothing uses the session: place what it captured with "apply", or set "cookies".',
      ),
    );
  const ids = new Set<string>();
  const names = new Set<string>();
  for (const [index, { id, capture }] of session.login.entries()) {
    const here = pointer(at, 'login', index);
    if (ids.has(id)) found.push(problem(`${here}/id`, 'duplicate_key', `There are two steps ${quote(id)}.`));
    ids.add(id);
    for (const [name, value] of Object.entries(capture ?? {})) {
      const place = pointer(here, 'capture', name);
      if (!/^[A-Za-z_][A-Za-z0-9_]{0,49}$/.test(name))
        found.push(problem(place, 'wrong_form', `${quote(name)} must be a name of letters, digits and _.`));
      if (names.has(name))
        found.push(problem(place, 'duplicate_key', `${quote(name)} is captured twice; choose another name.`));
      names.add(name);
      found.push(...checkAnswerPath(value, place, ['body', 'headers']));
    }
  }
  return found;
}

/** A login has steps with names of their own, and something that it is used by; what comes after it knows what it captured. */
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Auth, LoginStep } from '../types.ts';
import { checkAnswerPath } from './check-oauth2.ts';
import { sessionPhases, type SessionPhase } from './list-requests.ts';

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
  const known = new Set(session.login.flatMap(({ capture }) => Object.keys(capture ?? {})));
  for (const phase of sessionPhases)
    found.push(...checkPhase(session[phase] ?? [], phase, known, pointer(at, phase)));
  if (
    session.refresh &&
    session.cookies !== true &&
    session.refresh.every(({ capture = {} }) => Object.keys(capture).length === 0)
  )
    found.push(
      problem(
        `${at}/refresh`,
        'missing_key',
        'Nothing of the session is renewed: capture what the service gives anew, or set "cookies".',
      ),
    );
  return found;
}

function checkPhase(
  steps: readonly LoginStep[],
  phase: SessionPhase,
  known: ReadonlySet<string>,
  path: string,
): Problem[] {
  const found: Problem[] = [];
  const ids = new Set<string>();
  const names = new Set<string>();
  for (const [index, { id, capture }] of steps.entries()) {
    const here = pointer(path, index);
    if (ids.has(id)) found.push(problem(`${here}/id`, 'duplicate_key', `There are two steps ${quote(id)}.`));
    ids.add(id);
    for (const [name, value] of Object.entries(capture ?? {})) {
      const place = pointer(here, 'capture', name);
      if (!/^[A-Za-z_][A-Za-z0-9_]{0,49}$/.test(name))
        found.push(problem(place, 'wrong_form', `${quote(name)} must be a name of letters, digits and _.`));
      if (names.has(name))
        found.push(problem(place, 'duplicate_key', `${quote(name)} is captured twice; choose another name.`));
      if (phase === 'refresh' && !known.has(name))
        found.push(
          problem(
            place,
            'undeclared_name',
            `The login captures no ${quote(name)}; a refresh gives anew what a login gave, so capture it there too.`,
          ),
        );
      names.add(name);
      found.push(...checkAnswerPath(value, place, ['body', 'headers']));
    }
  }
  return found;
}

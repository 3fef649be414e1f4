/** What our own rules refuse in an imported connector goes: an answer or a body loses its schema, an action its place. */
import type { Problem } from '../problem.ts';
import type { Action, Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { asFinished } from './build-triggers.ts';
import { addTests } from './choose-test.ts';
import { ImportError } from './import-error.ts';
import type { Source } from './source.ts';

export type Left = { operation: string; reason: string };

/** Faults of parts can uncover others; this often parts are taken out and the rest is looked at again. */
const mostRounds = 30;

/** Takes out the actions that our own rules refuse, and says why. What is refused besides cannot be imported. */
export function takeOut(
  connector: Connector,
  labels: Map<string, string>,
  left: Left[],
  source: Source,
): Connector {
  let sound = connector;
  for (let round = 0; round < mostRounds; round += 1) {
    const problems = validateConnector(asFinished(sound), 'publish').filter(
      ({ path }) => path !== '/actions',
    );
    if (problems.length === 0) return dropUnused(sound);
    const faulty = new Map<string, Problem>();
    const loose = new Set<string>();
    const open = new Set<string>();
    const free = new Set<string>();
    const lost = new Map<string, Problem>();
    for (const problem of problems) {
      const [, part, name, member] = problem.path.split('/');
      if (part === 'actions') {
        const action = sound.actions[Number(name)];
        // An answer that cannot be described is an answer all the same.
        if (member === 'outputSchema' && action && Object.keys(action.outputSchema).length > 0)
          open.add(action.key);
        else if (member === 'bodySchema' && action && canBeFree(action)) free.add(action.key);
        else if (action && !faulty.has(action.key)) faulty.set(action.key, problem);
      } else if (part === 'triggers') {
        const trigger = sound.triggers?.[Number(name)];
        if (trigger) lost.set(trigger.key, problem);
      } else if (part === '$defs' && name !== undefined)
        loose.add(name.replaceAll('~1', '/').replaceAll('~0', '~'));
      else throw new ImportError('not_possible', `${problem.path || 'The document'}: ${problem.message}`);
    }
    for (const [key, { path, message }] of faulty)
      left.push({
        operation: labels.get(key) ?? key,
        reason: `${path.split('/').slice(3).join('/')}: ${message}`,
      });
    for (const name of loose)
      source.warn(`The schema ${name} cannot be checked; anything is allowed in its place.`);
    const $defs = Object.fromEntries(
      Object.entries(sound.$defs ?? {}).map(([name, schema]) => [name, loose.has(name) ? {} : schema]),
    );
    for (const key of open)
      source.warn(`The answer of ${labels.get(key) ?? key} cannot be checked; it may be anything.`);
    for (const key of free)
      source.warn(`The body of ${labels.get(key) ?? key} cannot be checked; anything may be sent in it.`);
    const actions = sound.actions
      .filter(({ key }) => !faulty.has(key))
      .map((action) => (open.has(action.key) ? { ...action, outputSchema: {} } : action))
      .map((action) => (free.has(action.key) ? { ...action, bodySchema: freeBody(action) } : action));
    for (const [key, { message }] of lost) source.warn(`${key} became no trigger: ${message}`);
    sound = { ...sound, $defs, actions };
    if (sound.triggers && lost.size > 0)
      sound = { ...sound, triggers: sound.triggers.filter(({ key }) => !lost.has(key)) };
    sound = { ...sound, auth: addTests(source, sound.auth, sound) };
  }
  throw new ImportError('not_possible', 'Too many schemas of the document cannot be used.');
}

/** A body of JSON whose schema nobody could check to an end is a body all the same; the service will judge it. */
const canBeFree = ({ bodyFormat, bodySchema = {} }: Action): boolean =>
  bodyFormat === undefined && Object.keys(bodySchema).some((keyword) => !wording.has(keyword));

const wording = new Set(['description', 'x-required']);

function freeBody({ bodySchema = {} }: Action): NonNullable<Action['bodySchema']> {
  return Object.fromEntries(Object.entries(bodySchema).filter(([keyword]) => wording.has(keyword)));
}

function dropUnused(connector: Connector): Connector {
  if (Object.keys(connector.$defs ?? {}).length > 0) return connector;
  const { $defs: _, ...rest } = connector;
  return rest;
}

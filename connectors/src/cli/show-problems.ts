/** Problems as lines for people: where, then what and how to mend it. */
import type { Problem } from '../problem.ts';

/** @param document what the problems are about: actions and triggers are then named, which a number does not do */
export function showProblems(problems: readonly Problem[], document?: unknown): string {
  return problems
    .map(
      ({ path, message }) =>
        `  ${path === '' ? '(whole document)' : path}${nameOf(path, document)}\n    ${message}\n`,
    )
    .join('');
}

/** ` (create-ticket)` for what stands in the action of that key. */
function nameOf(path: string, document: unknown): string {
  const [, list = '', index = ''] = /^\/(actions|triggers|auth)\/([0-9]+)(?:\/|$)/.exec(path) ?? [];
  const entries = (document as { [list: string]: { key?: unknown }[] } | null | undefined)?.[list];
  const key = Array.isArray(entries) ? entries[Number(index)]?.key : undefined;
  return typeof key === 'string' ? ` (${key})` : '';
}

/** `1 problem`, `2 problems`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Problems as lines for people: where, then what and how to mend it. */
import type { Problem } from '../problem.ts';

export function showProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ path, message }) => `  ${path === '' ? '(whole document)' : path}\n    ${message}\n`)
    .join('');
}

/** `1 problem`, `2 problems`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

// Whoever may not decide approvals sees in no run the links that could.
import { coverTokens } from '@weftline/runner/questions/approval-link';
import { mayDo } from '../access.ts';
import type { Context } from '../context.ts';

/** What a run shows, as this caller may see it: without the tokens of links to approvals, unless the caller may decide. */
export function coverLinks<T>({ actor }: Pick<Context, 'actor'>, shown: T): T {
  if (mayDo(actor.role, 'runs.start')) return shown;
  const text = JSON.stringify(shown);
  const covered = coverTokens(text);
  return covered === text ? shown : (JSON.parse(covered) as T);
}

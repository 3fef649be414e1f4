/** Says whether a call whose outcome is unknown may simply be sent again with the same idempotency key. */
import { evaluateTemplate } from './expression/evaluate-template.ts';
import { parseTemplate } from './expression/parse-template.ts';
import type { Json } from './json.ts';
import { safeMethods } from './methods.ts';
import type { Action } from './types.ts';

/**
 * True for actions that only read and for those whose far side recognises a repeat, unless `idempotency.askWhen` holds.
 * False means: settle it by the action's `verify` probe, else ask a person.
 * @param input the resolved input of the step
 */
export function mayRepeat(action: Action, input: Json): boolean {
  if (action.effect === 'read' || safeMethods.has(methodOf(action, input))) return true;
  const { mode, askWhen } = action.idempotency ?? { mode: 'none' as const };
  if (mode === 'none') return false;
  return (
    askWhen === undefined ||
    evaluateTemplate(parseTemplate(askWhen.trim()), { input }, { missing: 'drop' }) !== true
  );
}

function methodOf(action: Action, input: Json): string {
  if (!action.method.includes('{{')) return action.method;
  return String(
    evaluateTemplate(parseTemplate(action.method), { input }, { missing: 'drop' }) ?? '',
  ).toUpperCase();
}

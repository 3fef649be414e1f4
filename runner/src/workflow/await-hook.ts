// A step that waits for a call of its own one-time address. Pure.
import type { Scope } from '@weftline/connectors/expression';
import { isJsonObject } from '@weftline/connectors/json';
import type { EventBody } from '../journal/events.ts';
import { localId } from './step-address.ts';
import type { WaitForHookStep } from './types.ts';

/** A call of the last moment has been committed by then. */
const graceMs = 500;

/** The entry that begins the wait. The address stands in the scope as `run.hooks.<step>`, so that earlier steps can send it. */
export function awaitHook(step: WaitForHookStep, scope: Scope, nowMs: number): EventBody {
  const run = scope['run'];
  const hooks = isJsonObject(run) ? run['hooks'] : undefined;
  const given = isJsonObject(hooks) ? hooks[localId(step.id)] : null;
  const url = typeof given === 'string' ? given : '';
  const expiresAtMs = Math.round(nowMs) + step.expiresInSeconds * 1000;
  return {
    type: 'HookAwaited',
    step: step.id,
    payload: {
      url,
      key: url.slice(url.lastIndexOf('/') + 1),
      expiresAtMs,
      untilMs: expiresAtMs + graceMs,
      why: `Waits for a call of its address until ${new Date(expiresAtMs).toISOString()}.`,
    },
  };
}

/** The entry that ends it when nobody has called. */
export const hookExpired = (step: WaitForHookStep): EventBody => ({
  type: 'HookExpired',
  step: step.id,
  payload: {
    error: {
      code: 'step_timeout',
      message: `Nobody called the address of step ${step.name ?? step.id} within ${step.expiresInSeconds} seconds.`,
    },
  },
});

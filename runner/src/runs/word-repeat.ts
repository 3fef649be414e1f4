// What it means outside that a step is done again, in a sentence for people. Pure.
import type { Idempotency } from '@weftline/connectors/types';
import type { RepeatedEffect } from './replay-types.ts';

const deeds = {
  read: 'Asks again',
  create: 'Creates it again',
  update: 'Changes it again',
  delete: 'Deletes it again',
  send: 'Sends it again',
} as const;

const endings = {
  done: '',
  failed: ' It had failed in that run.',
  unknown: ' Nobody knows whether it happened in that run.',
} as const;

/** `mode`: how the action says that its service recognises a repeat. */
export function wordRepeat(
  { effect, times, sameKey, before }: Pick<RepeatedEffect, 'effect' | 'times' | 'sameKey' | 'before'>,
  mode: Idempotency['mode'],
): string {
  const many = times > 1 ? `, for ${times} items` : '';
  if (effect === 'run')
    return `Starts another run of that workflow${many}: all that it does happens again.${endings[before]}`;
  const deed = `${effect ? deeds[effect] : 'Calls it again'}${many}`;
  return `${deed}${meaning(mode, sameKey, before)}${endings[before]}`;
}

function meaning(mode: Idempotency['mode'], sameKey: boolean, before: RepeatedEffect['before']): string {
  if (mode === 'natural') return ': the service comes to the same state, however often.';
  if (mode === 'none')
    return before === 'done'
      ? ': the service takes no key, so it will happen a second time.'
      : ': the service takes no key, so it happens twice if it has happened.';
  if (sameKey) return ', under the same key: a service that honours it does it once.';
  return before === 'done'
    ? ': the service gets another key, so it will see a second one.'
    : ': the service gets another key, so it will see a second one if the first has arrived.';
}

// What is asked of a replay, and what its preview answers.
import type { Action } from '@weftline/connectors/types';
import type { RepeatSafety } from '../workflow/retry-policy.ts';

/** `from`: a step; absent: the beginning. */
export type ReplayChoice = { from?: string; version: 'original' | 'current' };

export type Before = 'done' | 'failed' | 'unknown';
export type NamedStep = { id: string; name: string | null };

/** One kind of repeat of one step: `times` is 1, or the number of items of a loop that it happens again for. */
export type RepeatedEffect = {
  stepId: string;
  name: string | null;
  app: string | null;
  action: string | null;
  effect: NonNullable<Action['effect']> | 'run' | null;
  sent: { method: string; url: string } | null;
  before: Before;
  times: number;
  safety: RepeatSafety;
  sameKey: boolean;
  words: string;
};

export type ReplayPreview = {
  from: string | null;
  version: number;
  kept: NamedStep[];
  again: (NamedStep & { kind: string; before: boolean })[];
  added: NamedStep[];
  gone: NamedStep[];
  effects: RepeatedEffect[];
};

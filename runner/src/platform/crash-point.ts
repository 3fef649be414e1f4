// Places where a process may be made to die, so that tests can aim at the moments that matter. Nothing in the product can arm
// them: only a module that is loaded before it (scripts/chaos/arm-crash.ts). Else each is the call of an empty function.

export const crashPoints = [
  'before-accept',
  'accepted',
  'claimed',
  'before-append',
  'appended',
  'before-send',
  'answered',
  'left',
  'before-renew',
  'renewed',
  'swept',
  'schedule-started',
  'before-poll-commit',
  'poll-committed',
  'draining',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

/** Where the module that arms them leaves its function, before anything of the product is loaded. */
export const crashKey = Symbol.for('weftline.crashPoint');

type Strike = (name: CrashPoint) => void;

/** Says that this place is passed. Never throws and never waits. */
export const passCrashPoint: Strike = (globalThis as { [crashKey]?: Strike })[crashKey] ?? (() => {});

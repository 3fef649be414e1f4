// Looks into workflow documents that may be unfinished or wrong: every function answers something sensible for any value.
import { onceAt } from '@weftline/runner/triggers/next-fire';

export type LooseDefinition = { [member: string]: unknown };
export type Slot = { slot: string; app: string | null; connectionId: string | null };

const isObject = (value: unknown): value is { [member: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** What a new workflow starts as. */
export const emptyDefinition = (name: string): LooseDefinition => ({
  format: 'workflow/1',
  name,
  trigger: { kind: 'manual' },
  connections: {},
  steps: [],
});

type LooseStep = { [member: string]: unknown };

/** All steps, also those in loops, each with its place in the document. */
export function placedStepsOf(definition: LooseDefinition): { step: LooseStep; path: string }[] {
  const found: { step: LooseStep; path: string }[] = [];
  // A list, not a call of itself: a document of a stranger may be nested as deep as it likes.
  const open: { steps: unknown; path: string }[] = [{ steps: definition['steps'], path: '/steps' }];
  for (let list = open.pop(); list !== undefined; list = open.pop()) {
    const { steps, path } = list;
    if (!Array.isArray(steps)) continue;
    for (const [index, step] of steps.entries())
      if (isObject(step)) {
        found.push({ step, path: `${path}/${index}` });
        open.push({ steps: step['steps'], path: `${path}/${index}/steps` });
      }
  }
  return found;
}

/** All steps, also those in loops. */
export const stepsOf = (definition: LooseDefinition): LooseStep[] =>
  placedStepsOf(definition).map(({ step }) => step);

/** The connections a workflow names. */
export function slotsOf(definition: LooseDefinition): Slot[] {
  const slots = definition['connections'];
  if (!isObject(slots)) return [];
  return Object.entries(slots)
    .filter((entry): entry is [string, { [member: string]: unknown }] => isObject(entry[1]))
    .map(([slot, { app, connectionId }]) => ({
      slot,
      app: textOrNull(app),
      connectionId: textOrNull(connectionId),
    }));
}

/** Those of them that a step or the trigger uses. */
export function usedSlotsOf(definition: LooseDefinition): Slot[] {
  const trigger = definition['trigger'];
  const used = new Set([
    ...stepsOf(definition).map((step) => step['connection']),
    isObject(trigger) ? trigger['connection'] : null,
  ]);
  return slotsOf(definition).filter(({ slot }) => used.has(slot));
}

export type LooseAppTrigger = {
  use: string | null;
  connection: string | null;
  input: { [name: string]: unknown };
  everySeconds: number | undefined;
};

/** The trigger, when it is one of an app. */
export function appTriggerOf(definition: LooseDefinition): LooseAppTrigger | null {
  const trigger = definition['trigger'];
  if (!isObject(trigger) || trigger['kind'] !== 'app') return null;
  const { use, connection, input, everySeconds } = trigger;
  return {
    use: textOrNull(use),
    connection: textOrNull(connection),
    input: isObject(input) ? input : {},
    everySeconds: typeof everySeconds === 'number' ? everySeconds : undefined,
  };
}

/** What steps and trigger name with `use`, each once. */
export const usesOf = (definition: LooseDefinition): Set<unknown> =>
  new Set([...stepsOf(definition).map((step) => step['use']), appTriggerOf(definition)?.use]);

/** Cron, or the one instant, as the row of a trigger holds it. */
function scheduleOf({ cron, at }: { [member: string]: unknown }): string | null {
  return textOrNull(cron) ?? (typeof at === 'string' ? onceAt(at) : null);
}

export type LooseTrigger = {
  kind: 'manual' | 'webhook' | 'schedule' | 'app';
  verify: string | null;
  /** Five fields, or `@` and an instant. */
  cron: string | null;
  timezone: string | null;
};

/** The trigger; `manual` while it is none that we know. */
export function triggerOf(definition: LooseDefinition): LooseTrigger {
  const trigger = isObject(definition['trigger']) ? definition['trigger'] : {};
  const kind = (['webhook', 'schedule', 'app'] as const).find((one) => one === trigger['kind']) ?? 'manual';
  return {
    kind,
    verify: kind === 'webhook' ? textOrNull(trigger['verify']) : null,
    cron: kind === 'schedule' ? scheduleOf(trigger) : null,
    timezone: kind === 'schedule' ? (textOrNull(trigger['timezone']) ?? 'UTC') : null,
  };
}

/** What to do about firings that were missed while nothing ran. */
export function missedOf(definition: LooseDefinition): 'once' | 'skip' | 'all' {
  const settings = definition['settings'];
  const missed = isObject(settings) ? settings['missedSchedule'] : null;
  return missed === 'skip' || missed === 'all' ? missed : 'once';
}

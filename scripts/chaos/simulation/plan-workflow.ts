// Random workflows for the simulation: a DAG of any kind of step there is, and how the outside behaves towards each.
import type { RepeatSafety } from '../../../runner/src/workflow/retry-policy.ts';
import type { StepDefinition, WorkflowDefinition } from '../../../runner/src/workflow/types.ts';

export type Random = () => number;

export const below = (random: Random, most: number): number => Math.floor(random() * most);
export const pick = <T>(random: Random, values: readonly T[]): T => values[below(random, values.length)]!;

/** How a service behaves towards the calls of one step, by the step's own id. */
export type Fate = {
  safety: RepeatSafety;
  /** So many first requests fail in passing (answered with "later"). */
  transients: number;
  ends: 'succeeded' | 'refused';
  hasProbe: boolean;
  maxRetries: number;
};
export type Plan = {
  /** Two versions of the same workflow: steps differ in what they send, so that a mixture shows. */
  versions: WorkflowDefinition[];
  flags: { [id: string]: boolean };
  fates: Map<string, Fate>;
};

type Base = { id: string; after: string[]; join?: 'any'; when?: string };
type Making = { random: Random; plan: Plan; version: number; inLoop: boolean };

/** One line a kind: to simulate a new kind, add its maker. What happens to it outside belongs in sim-world.ts. */
const makers: { [kind: string]: (base: Base, making: Making) => StepDefinition } = {
  action: (base, { random, plan, version }) => {
    const onError = pick(random, ['stop', 'continue', 'port'] as const);
    const fate: Fate = {
      safety: pick(random, ['safe', 'idempotent', 'idempotent', 'unsafe'] as const),
      transients: random() < 0.25 ? 1 + below(random, 2) : 0,
      ends: random() < 0.12 ? 'refused' : 'succeeded',
      hasProbe: random() < 0.4,
      maxRetries: 1 + below(random, 3),
    };
    plan.fates.set(base.id, plan.fates.get(base.id) ?? fate);
    return {
      ...base,
      kind: 'action',
      use: 'service@1.0.0#post',
      input: { step: base.id, version },
      onError,
    };
  },
  code: (base, { plan, version }) => {
    plan.fates.set(base.id, {
      safety: 'idempotent',
      transients: 0,
      ends: 'succeeded',
      hasProbe: false,
      maxRetries: 3,
    });
    return { ...base, kind: 'code', source: 'return 1', input: { step: base.id, version } };
  },
  workflow: (base, { random, plan, version }) => {
    plan.fates.set(base.id, {
      safety: 'idempotent',
      transients: random() < 0.2 ? 1 : 0,
      ends: 'succeeded',
      hasProbe: false,
      maxRetries: 3,
    });
    return {
      ...base,
      kind: 'workflow',
      workflowId: '01a00000-0000-7000-8000-000000000000',
      input: { step: base.id, version },
      wait: random() < 0.7,
      ...(random() < 0.3 ? { timeoutSeconds: 1 + below(random, 60) } : {}),
      onError: 'continue',
    };
  },
  filter: (base) => ({ ...base, kind: 'filter', condition: `{{trigger.output.flags.${base.id}}}` }),
  branch: (base) => ({ ...base, kind: 'branch', condition: `{{trigger.output.flags.${base.id}}}` }),
  switch: (base) => ({
    ...base,
    kind: 'switch',
    cases: [{ id: 'a', when: `{{trigger.output.flags.${base.id}}}` }],
  }),
  transform: (base) => ({ ...base, kind: 'transform', output: { id: base.id } }),
  delay: (base, { random }) => ({ ...base, kind: 'delay', seconds: below(random, 40) }),
  approval: (base, { random }) => ({
    ...base,
    kind: 'approval',
    title: 'May it?',
    ...(random() < 0.4 ? { expiresInSeconds: 1 + below(random, 60) } : {}),
  }),
  waitForHook: (base, { random }) => ({
    ...base,
    kind: 'waitForHook',
    expiresInSeconds: 1 + below(random, 90),
    onError: 'continue',
  }),
  forEach: (base, making) => ({
    ...base,
    kind: 'forEach',
    items: Array.from({ length: below(making.random, 4) }, (_, index) => index),
    atOnce: 1 + below(making.random, 3),
    onItemError: pick(making.random, ['stop', 'continue'] as const),
    onError: 'continue',
    steps: makeSteps({ ...making, inLoop: true }, 1 + below(making.random, 2), `${base.id}_`),
  }),
};

/** Kinds with how often they are drawn. */
const shares: [keyof typeof makers, number][] = [
  ['action', 10],
  ['code', 1],
  ['workflow', 1],
  ['filter', 1],
  ['branch', 1],
  ['switch', 1],
  ['transform', 1],
  ['delay', 1],
  ['approval', 1],
  ['waitForHook', 1],
  ['forEach', 1.5],
];

const portsOf = (step: StepDefinition): string[] => {
  if (step.kind === 'filter' || step.kind === 'branch') return [':true', ':false'];
  if (step.kind === 'approval') return [':done', ':rejected'];
  if (step.kind === 'switch') return [':case-a', ':default'];
  return 'onError' in step && step.onError === 'port' ? [':done', ':error'] : [];
};

function drawKind({ random, inLoop }: Making): string {
  const open = shares.filter(([kind]) => !(inLoop && kind === 'forEach'));
  let drawn = random() * open.reduce((sum, [, share]) => sum + share, 0);
  return String((open.find(([, share]) => (drawn -= share) < 0) ?? open[0]!)[0]);
}

function makeSteps(making: Making, size: number, prefix: string): StepDefinition[] {
  const { random, plan } = making;
  const steps: StepDefinition[] = [];
  for (let index = 0; index < size; index += 1) {
    const id = `${prefix}s${index}`;
    plan.flags[id] ??= random() < 0.7;
    const after = new Set<string>();
    const edges = index === 0 || random() < 0.1 ? 0 : 1 + below(random, 2);
    for (let count = 0; count < edges; count += 1) {
      const source = steps[below(random, index)]!;
      after.add(`${source.id}${pick(random, ['', '', ...portsOf(source)])}`);
    }
    const base: Base = {
      id,
      after: [...after],
      ...(random() < 0.25 ? { join: 'any' as const } : {}),
      ...(random() < 0.08 ? { when: `{{trigger.output.flags.${id}}}` } : {}),
    };
    steps.push(makers[drawKind(making)]!(base, making));
  }
  return steps;
}

/** A workflow in two versions, decided by the random numbers alone. */
export function planWorkflow(random: Random): Plan {
  const plan: Plan = { versions: [], flags: {}, fates: new Map() };
  const size = 1 + below(random, 6);
  const deadline = random() < 0.1 ? { settings: { deadlineSeconds: 5 + below(random, 60) } } : {};
  for (const version of [1, 2])
    plan.versions.push({
      format: 'workflow/1',
      name: 'any',
      trigger: { kind: 'webhook' },
      ...deadline,
      steps: makeSteps({ random, plan, version, inLoop: false }, size, ''),
    });
  return plan;
}

// What a replay would do, told before it is started: which steps are kept, and which effects outside happen again.
import { isTemplate } from '@weftline/connectors/expression';
import { findAction, parseUse } from '@weftline/connectors/find-action';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import type { RecordedEvent } from '../journal/events.ts';
import type { Journal } from '../journal/open-journal.ts';
import { idsOf, iterationOf, iterationsAround, localId, walkSteps } from '../workflow/step-address.ts';
import type { StepDefinition, WorkflowDefinition } from '../workflow/types.ts';
import { safetyOf } from './prepare-attempt.ts';
import { planReplay, type ReplayPlan, type ReplayServices } from './replay-run.ts';
import type { Before, NamedStep, RepeatedEffect, ReplayChoice, ReplayPreview } from './replay-types.ts';
import { wordRepeat } from './word-repeat.ts';

type Done = { before: Before; input: Json; request: Json };

/** What a run did at each address. From its journal, because its state forgets the steps of items that have ended. */
async function gatherDone(
  journal: Pick<Journal, 'readPart'>,
  tenantId: string,
  runId: string,
  former: WorkflowDefinition,
): Promise<Map<string, Done>> {
  const done = new Map<string, Done>();
  const note = (event: RecordedEvent): void => {
    switch (event.type) {
      case 'WorkflowStarted': {
        const kept = { before: 'done', input: null, request: null } as const;
        for (const address of Object.keys(event.payload.kept ?? {})) done.set(address, { ...kept });
        for (const [address, loop] of Object.entries(event.payload.loops ?? {}))
          for (const step of bodyOf(former, address))
            for (const [index] of loop.done) done.set(`${address}[${index}].${step.id}`, { ...kept });
        return;
      }
      case 'StepDispatched':
        done.set(event.step, { before: 'unknown', input: event.payload.input, request: null });
        return;
      case 'StepWaiting':
        // It was held back before it left.
        if (event.payload.attempt === 1) done.delete(event.step);
        return;
      case 'StepCompleted':
      case 'StepFailed': {
        const known = done.get(event.step);
        if (!known) return;
        known.before = event.type === 'StepCompleted' ? 'done' : 'failed';
        known.request = event.payload.request ?? known.request;
        return;
      }
      case 'StepUnknown':
      case 'StepDoubted': {
        const known = done.get(event.step);
        if (known)
          Object.assign(known, { before: 'unknown', request: event.payload.request ?? known.request });
        return;
      }
      case 'StepSettled': {
        const known = done.get(event.step);
        if (known && event.payload.decision === 'happened') known.before = 'done';
        return;
      }
      case 'ChildEnded': {
        const known = done.get(event.step);
        if (known) known.before = event.payload.status === 'succeeded' ? 'done' : 'failed';
      }
    }
  };
  for (let after = -1; ;) {
    const { events, newest } = await journal.readPart(tenantId, runId, after);
    for (const event of events) note(event);
    after = events.at(-1)?.seq ?? newest;
    if (after >= newest) return done;
  }
}

function bodyOf(definition: WorkflowDefinition, address: string): readonly StepDefinition[] {
  for (const { step } of walkSteps(definition.steps))
    if (step.id === localId(address) && step.kind === 'forEach') return step.steps;
  return [];
}

/** Makes the question whether the replay takes over what was done at an address, and does not do it again. */
function keptBy({ kept, loops }: ReplayPlan): (address: string) => boolean {
  const items = new Map(
    Object.entries(loops).map(([loop, { done }]) => [loop, new Set(done.map(([index]) => index))]),
  );
  return (address) =>
    Object.hasOwn(kept, address) ||
    Object.hasOwn(kept, idsOf(address)[0]!) ||
    iterationsAround(address).some((iteration) => {
      const { loop, index } = iterationOf(`${iteration}.`)!;
      return Object.hasOwn(kept, loop) || items.get(loop)?.has(index);
    });
}

const nameOf = (step: StepDefinition): NamedStep => ({ id: step.id, name: step.name ?? null });

function sentOf(request: Json): { method: string; url: string } | null {
  if (!isJsonObject(request) || typeof request.url !== 'string') return null;
  return { method: String(request.method), url: request.url };
}

export type PreviewServices = Omit<ReplayServices, 'accept'> & {
  findApp(tenantId: string, key: string, version: string): Promise<Connector | null>;
};

/**
 * Changes nothing. Null: the tenant has no such run. Throws invalid_input when `from` is no step of the version that would run.
 * Effects stand in the order of the workflow's steps; those of a loop are counted and not listed.
 */
export async function previewReplay(
  services: PreviewServices,
  tenantId: string,
  runId: string,
  choice: ReplayChoice,
): Promise<ReplayPreview | null> {
  const plan = await planReplay(services, tenantId, runId, choice);
  if (!plan) return null;
  const { definition, former, summary, state } = plan;
  const done = await gatherDone(services.journal, tenantId, runId, former);
  const isKept = keptBy(plan);
  const repeated = new Map<string, [address: string, done: Done][]>();
  for (const entry of done) {
    if (isKept(entry[0])) continue;
    const id = localId(entry[0]);
    const known = repeated.get(id);
    if (known) known.push(entry);
    else repeated.set(id, [entry]);
  }
  const effects: RepeatedEffect[] = [];
  for (const { step } of walkSteps(definition.steps)) {
    if (step.disabled || (step.kind !== 'action' && step.kind !== 'workflow')) continue;
    const use = step.kind === 'action' ? parseUse(step.use) : null;
    const connector = use && (await services.findApp(tenantId, use.app, use.version));
    const action = connector && use ? findAction(connector, use.key) : null;
    const groups = new Map<string, RepeatedEffect>();
    for (const [address, { before, input, request }] of repeated.get(step.id) ?? []) {
      // Another version may send something else.
      const isSame = plan.version === summary.workflowVersion;
      const safety = action
        ? safetyOf(action, isSame && input !== null ? input : (step.input ?? null))
        : 'unsafe';
      // Reading, also where the method is an input and was a GET. Some services act on a GET: those say so.
      if (safety === 'safe' && (isTemplate(action?.method ?? '') || (action?.effect ?? 'read') === 'read'))
        continue;
      const sameKey =
        step.kind === 'action' &&
        [address, ...iterationsAround(address)].some((at) => Object.hasOwn(plan.keyRuns, at));
      const key = `${before} ${safety} ${sameKey}`;
      const known = groups.get(key);
      if (known) known.times += 1;
      else
        groups.set(key, {
          stepId: step.id,
          name: step.name ?? null,
          app: connector?.app.name ?? use?.app ?? null,
          action: action?.name ?? use?.key ?? null,
          effect: step.kind === 'workflow' ? 'run' : (action?.effect ?? null),
          sent: sentOf(request),
          before,
          times: 1,
          safety,
          sameKey,
          words: '',
        });
    }
    for (const effect of groups.values())
      effects.push({ ...effect, words: wordRepeat(effect, action?.idempotency?.mode ?? 'none') });
  }
  const ids = (steps: readonly StepDefinition[]) => new Set([...walkSteps(steps)].map(({ step }) => step.id));
  const [before, after] = [ids(former.steps), ids(definition.steps)];
  const from = choice.from === undefined ? null : idsOf(choice.from)[0]!;
  const outermost = [...walkSteps(definition.steps)].find(
    ({ step }) => step.id === localId(choice.from ?? ''),
  );
  return {
    from: from && (outermost?.around[0]?.id ?? from),
    version: plan.version,
    kept: definition.steps.filter(({ id }) => Object.hasOwn(plan.kept, id)).map(nameOf),
    again: definition.steps
      .filter(({ id }) => !Object.hasOwn(plan.kept, id))
      .map((step) => {
        const status = state.steps.get(step.id)?.status;
        return { ...nameOf(step), kind: step.kind, before: status !== undefined && status !== 'skipped' };
      }),
    added: [...walkSteps(definition.steps)]
      .filter(({ step }) => !before.has(step.id))
      .map(({ step }) => nameOf(step)),
    gone: [...walkSteps(former.steps)]
      .filter(({ step }) => !after.has(step.id))
      .map(({ step }) => nameOf(step)),
    effects,
  };
}

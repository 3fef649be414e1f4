// A workflow as the API shows it. Pure: everything it says is handed in.
import type { StepProblem } from '@weftline/runner/workflow/check-definition';
import { formatEtag } from '../edit-version.ts';
import type { AppTriggerFacts } from './read-app-triggers.ts';
import type { SlotConnection } from './check-workflow.ts';
import { sayRefusal } from './say-refusal.ts';
import type { WorkflowFound } from './find-workflow.ts';
import { appTriggerOf, type LooseDefinition, slotsOf, triggerOf } from './read-definition.ts';

export type WorkflowFacts = {
  publicUrl: string;
  draft: LooseDefinition;
  hasUnpublishedChanges: boolean;
  lastRun: { id: string; status: string; createdAt: Date } | null;
  connections: ReadonlyMap<string, SlotConnection>;
  /** Of the trigger of an app that is on, or of which the address is known. */
  appTrigger: AppTriggerFacts | null;
};

/** The part of a trigger that is an app's. `use` and `connection` are the draft's, the rest is what is on. */
function presentAppTrigger(draft: LooseDefinition, facts: AppTriggerFacts | null) {
  const written = appTriggerOf(draft);
  return {
    use: written?.use ?? null,
    connection: written?.connection ?? null,
    status: facts?.status ?? 'off',
    why: facts?.why ?? null,
    everySeconds: facts?.everySeconds ?? null,
    lastPolledAt: facts?.lastPolledAt ?? null,
    nextPollAt: facts?.nextPollAt ?? null,
    subscription: facts?.subscription ?? null,
    held: facts?.held ?? 0,
    filtered: facts?.filtered ?? 0,
    ...(facts?.hookUrl === undefined ? {} : { hookUrl: facts.hookUrl }),
  };
}

/** Whether a schedule of one time has had it: it was on when that came, whatever came of it. */
const hasFired = ({ kind, enabled, cron, nextFireAt }: WorkflowFound['trigger']): boolean =>
  kind === 'schedule' && enabled && cron?.startsWith('@') === true && nextFireAt === null;

/** A row of the list: everything but draft, layout, samples and problems. */
export function presentWorkflowRow({ row, trigger }: WorkflowFound, facts: WorkflowFacts) {
  const { draft, lastRun, connections } = facts;
  const wanted = triggerOf(draft);
  const isHook = wanted.kind === 'webhook' || (trigger.enabled && trigger.kind === 'webhook');
  const isSchedule = wanted.kind === 'schedule' || (trigger.enabled && trigger.kind === 'schedule');
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    etag: formatEtag(row.etag),
    publishedVersion: row.publishedVersion,
    hasUnpublishedChanges: facts.hasUnpublishedChanges,
    trigger: {
      kind: wanted.kind,
      ...(isHook
        ? {
            hookUrl: `${facts.publicUrl}/hooks/${trigger.hookKey}`,
            verify: wanted.verify,
            listeningUntil: trigger.listeningUntil?.toISOString() ?? null,
            formerSecretUntil: trigger.formerSecretUntil?.toISOString() ?? null,
            refused:
              trigger.refusedAt === null
                ? null
                : {
                    count: Number(trigger.refusedCalls),
                    at: trigger.refusedAt.toISOString(),
                    why: sayRefusal(trigger.refusedReason),
                  },
          }
        : {}),
      ...(wanted.kind === 'app' ? presentAppTrigger(draft, facts.appTrigger) : {}),
      ...(isSchedule
        ? { nextFireAt: trigger.nextFireAt?.toISOString() ?? null, hasFired: hasFired(trigger) }
        : {}),
      enabled: trigger.enabled,
    },
    lastRun: lastRun && {
      id: lastRun.id,
      status: lastRun.status,
      createdAt: lastRun.createdAt.toISOString(),
    },
    connections: slotsOf(draft).flatMap(({ slot, connectionId }) => {
      const connection = connectionId === null ? undefined : connections.get(connectionId);
      return connection ? [{ slot, connectionId, name: connection.name, status: connection.status }] : [];
    }),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** The whole workflow. `secret`: the webhook's, when it is shown this once. */
export function presentWorkflow(
  found: WorkflowFound,
  facts: WorkflowFacts & { problems: readonly StepProblem[]; secret?: string | undefined },
) {
  const row = presentWorkflowRow(found, facts);
  return {
    ...row,
    trigger: facts.secret === undefined ? row.trigger : { ...row.trigger, secret: facts.secret },
    draft: facts.draft,
    layout: found.row.layout,
    samples: found.row.samples,
    problems: facts.problems,
  };
}

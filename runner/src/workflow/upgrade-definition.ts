// Takes the steps and the trigger of a workflow over to another version of an app, as its migrations say. Pure.
import { formatUse, parseUse } from '@weftline/connectors/find-action';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { migratePart, type OlderPart } from '@weftline/connectors/versions/migrate-part';
import { pointer } from '@weftline/connectors/problem';
import { followReads, type ChangedRead } from './follow-reads.ts';

type Definition = { [member: string]: Json };

export type UpgradedPart = {
  /** Id of the step; null for the trigger. */
  stepId: string | null;
  from: string;
  to: string;
  /** The input before and after; equal when only the version changed. */
  before: Json;
  after: Json;
  /** What a person must look at. */
  notes: string[];
};

export type UpgradedDefinition = {
  definition: Definition;
  parts: UpgradedPart[];
  /** Expressions elsewhere that read outputs of these steps: how they were changed, or what they no longer find. */
  reads: ChangedRead[];
};

/** Loops in loops that are looked into; publishing allows fewer. */
const deepest = 8;

/**
 * @param definition a workflow, finished or not
 * @param connector the version to take over to
 * @param stepIds only these steps; without it every step of the app and its trigger
 * @returns a new definition; what already uses that version, or uses another app, stays as it is
 */
export function upgradeDefinition(
  definition: Definition,
  connector: Connector,
  stepIds?: readonly string[],
): UpgradedDefinition {
  const parts: UpgradedPart[] = [];
  const older = new Map<string, OlderPart>();
  const upgrade = (part: Json, kind: OlderPart['kind'], stepId: string | null): Json => {
    if (!isJsonObject(part)) return part;
    const use = typeof part['use'] === 'string' ? parseUse(part['use']) : null;
    const isMeant = stepIds === undefined || (stepId !== null && stepIds.includes(stepId));
    if (!use || !isMeant || use.app !== connector.app.key || use.version === connector.version) return part;
    const before = part['input'] ?? {};
    const from: OlderPart = { kind, version: use.version, key: use.key };
    const { key, input, notes } = migratePart(connector, from, before);
    const to = formatUse({ app: use.app, version: connector.version, key });
    older.set(stepId ?? '', from);
    parts.push({ stepId, from: part['use'] as string, to, before, after: input, notes });
    return { ...part, use: to, ...(part['input'] === undefined ? {} : { input }) };
  };
  /** Steps of loops as well. */
  const upgradeSteps = (written: Json[], depth = 0): Json[] =>
    written.map((step) => {
      const id = isJsonObject(step) && typeof step['id'] === 'string' ? step['id'] : null;
      const next = upgrade(step, 'actions', id);
      return isJsonObject(next) && Array.isArray(next['steps']) && depth < deepest
        ? { ...next, steps: upgradeSteps(next['steps'], depth + 1) }
        : next;
    });
  const steps = Array.isArray(definition['steps']) ? definition['steps'] : [];
  const trigger = definition['trigger'];
  const upgraded: Definition = {
    ...definition,
    ...(trigger === undefined ? {} : { trigger: upgrade(trigger, 'triggers', null) }),
    steps: upgradeSteps(steps),
  };
  const reads: ChangedRead[] = [];
  const next = (upgraded['steps'] as Json[]).map((step, index) =>
    followReads(step, pointer('/steps', index), connector, older, reads),
  );
  return { definition: { ...upgraded, steps: next }, parts, reads };
}

import type { Json } from '@weftline/connectors/json';
import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { callAction } from '@weftline/runner/executor/call-action';
import { loadCalendar } from '@weftline/runner/runs/load-calendar';
import { type StepTestAnswer, testStep as tryStep } from '@weftline/runner/runs/test-step';
import type { StepDefinition, WorkflowDefinition } from '@weftline/runner/workflow/types';
import { shareRates } from '@weftline/runner/rates/share-rates';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { invalidInput, notFound } from '../fail.ts';
import { findVariables } from '../variables/find-variables.ts';
import { findWantedTrigger } from './app-trigger.ts';
import { checkWorkflow } from './check-workflow.ts';
import { requireWorkflow } from './find-workflow.ts';
import { type LooseDefinition, placedStepsOf } from './read-definition.ts';
import type { stepTestBody } from './schema.ts';

type KeptSamples = { [place: string]: { value?: Json } };

/**
 * Tries one step of the draft on samples: those given, else those kept with the workflow.
 * @throws CodedError not_found (workflow, step); invalid_input with what is wrong in this step
 */
export async function testStep(
  context: Context,
  id: string,
  stepId: string,
  given: z.infer<typeof stepTestBody>,
): Promise<StepTestAnswer> {
  const { tenantId, services } = context;
  const { row, vars, calendar } = await context.read(async (tx) => ({
    row: (await requireWorkflow(tx, tenantId, id)).row,
    vars: await findVariables(tx, tenantId),
    calendar: await loadCalendar(tx, tenantId),
  }));
  const draft = JSON.parse(row.draft) as LooseDefinition;
  const asked = placedStepsOf(draft).find(({ step }) => step['id'] === stepId);
  if (!asked) throw notFound('step');
  const place = asked.path;
  const { pinned, problems } = await checkWorkflow(services, tenantId, draft, id);
  const inTheWay = problems.filter(
    ({ path }) =>
      (path === place || path.startsWith(`${place}/`)) &&
      !(given.input !== undefined && path.startsWith(`${place}/input`)),
  );
  if (inTheWay.length > 0) throw invalidInput(inTheWay, 'Mend this step first; then it can be tried.');
  const step = placedStepsOf(pinned).find(({ path }) => path === place)!.step as unknown as StepDefinition;
  const { trigger: keptTrigger, ...keptSteps } = row.samples as KeptSamples;
  const steps = Object.entries(keptSteps).flatMap(([name, sample]) =>
    sample?.value === undefined ? [] : [[name, sample.value] as const],
  );
  // Nothing was caught yet: the app says what its events look like.
  const appTrigger = await findWantedTrigger(services, tenantId, pinned);
  const store = { database: services.database, vault: services.vault };
  return tryStep(
    {
      tenantId,
      workflowId: id,
      workflowName: row.name,
      definition: pinned as unknown as WorkflowDefinition,
      step,
      input: given.input as { [name: string]: Json } | undefined,
      samples: {
        trigger:
          (given.samples?.trigger as Json | undefined) ?? keptTrigger?.value ?? appTrigger?.trigger.sample,
        steps: {
          ...Object.fromEntries(steps),
          ...(given.samples?.steps as { [name: string]: Json } | undefined),
        },
        ...(given.samples?.item === undefined ? {} : { item: given.samples.item as Json }),
        ...(given.samples?.index === undefined ? {} : { index: given.samples.index }),
      },
      vars,
      calendar,
      signal: context.request.signal,
    },
    {
      findApp: (owner, key, version) => services.apps.find(owner, key, version),
      openConnection: (owner, connectionId) => openConnection(store, owner, connectionId),
      code: services.code,
      idempotencyKey: (...parts) => services.vault.idempotencyKey(...parts),
      callAction: (call) =>
        callAction(call, {
          egress: services.egress,
          now: () => services.clock().getTime(),
          lockRefresh: createLockRefresh(services.database, tenantId),
          rates: shareRates(services.database, tenantId),
          files: services.files.of(tenantId),
        }),
    },
  );
}

// Shapes of the workflow routes.
import { z } from 'zod';
import { id, instant, name } from '../schema.ts';
import { noteText, storedObject } from '../stored-value.ts';

/** A workflow document, whole and maybe unfinished: it is checked, and kept with its faults. */
const definition = z.record(z.string(), z.unknown()).describe('The workflow document (`workflow/1`).');
const samples = storedObject(5_000_000).describe('{trigger?: {value, source, at}, <stepId>?: …}');
const layout = storedObject(500_000).describe(
  'Places and notes; changing them is no change of the workflow.',
);

export const workflowParams = z.object({ tenantId: id, workflowId: id });
export const stepParams = workflowParams.extend({ stepId: z.string().max(64) });

export const createBody = z
  .object({ name: name.optional(), definition: definition.optional() })
  .refine((body) => body.name !== undefined || name.safeParse(body.definition?.['name']).success, {
    path: ['name'],
    message: 'is missing: give the workflow a name of 1 to 120 characters',
  });
export const changeBody = z.object({
  name: name.optional(),
  definition: definition.optional(),
  layout: layout.optional(),
  samples: samples.optional(),
});
export const publishBody = z.object({ note: noteText(2_000).optional() });
export const duplicateBody = z.object({ name: name.optional() });
export const restoreBody = z.object({ version: z.number().int().min(1) });
export const upgradeBody = z.object({
  app: z.string().max(64),
  version: z.string().max(30).optional().describe('Preset: the newest one.'),
  steps: z.array(z.string().max(64)).max(500).optional().describe('Preset: all that use the app.'),
  definition: definition.optional().describe('Preset: the stored draft.'),
});
export const stepTestBody = z.object({
  input: z.record(z.string(), z.unknown()).optional().describe('Instead of the step’s own input.'),
  samples: z
    .object({
      trigger: z.unknown().optional().describe('What the trigger gave.'),
      steps: z.record(z.string(), z.unknown()).optional().describe('Outputs by step id.'),
      item: z
        .unknown()
        .optional()
        .describe('For a step in a loop. Preset: the first item that the samples give the loop.'),
      index: z.number().int().min(0).max(9_999).optional().describe('For a step in a loop. Preset: 0.'),
    })
    .optional()
    .describe('Preset: the samples kept with the workflow.'),
});

export const problem = z.object({
  path: z.string(),
  code: z.string(),
  message: z.string(),
  stepId: z.string().optional(),
  line: z.number().int().optional().describe('Of code: where in the source, counted from 1.'),
  column: z.number().int().optional(),
});
const slot = z.object({ slot: z.string(), connectionId: id, name: z.string(), status: z.string() });
export const workflowRow = z.object({
  id,
  name: z.string(),
  enabled: z.boolean(),
  etag: z.string(),
  publishedVersion: z.number().int().nullable(),
  hasUnpublishedChanges: z.boolean(),
  trigger: z.object({
    kind: z.enum(['manual', 'webhook', 'schedule', 'app']),
    hookUrl: z.string().optional(),
    nextFireAt: instant.nullable().optional(),
    hasFired: z.boolean().optional().describe('schedule: it was for one time, and that has come.'),
    enabled: z.boolean(),
    verify: z.string().nullable().optional(),
    listeningUntil: instant.nullable().optional(),
    formerSecretUntil: instant
      .nullable()
      .optional()
      .describe('webhook: until when the secret of before the last exchange counts.'),
    refused: z
      .object({ count: z.number().int(), at: instant, why: z.string() })
      .nullable()
      .optional()
      .describe('webhook: calls refused for their signature, ever; and the last of them.'),
    use: z.string().nullable().optional().describe('app: the trigger, as the draft names it.'),
    connection: z.string().nullable().optional().describe('app: the slot of its account.'),
    status: z.enum(['active', 'subscribing', 'failing', 'off']).optional().describe('app.'),
    why: z.string().nullable().optional().describe('app: what is wrong, or what it waits for.'),
    everySeconds: z
      .number()
      .int()
      .nullable()
      .optional()
      .describe('app: between polls; null: it does not poll.'),
    lastPolledAt: instant.nullable().optional(),
    nextPollAt: instant.nullable().optional(),
    subscription: z
      .object({ since: instant.nullable(), expiresAt: instant.nullable() })
      .nullable()
      .optional()
      .describe('app: what is registered at the service.'),
    held: z.number().int().optional().describe('app: events that wait for their run; `why` says for what.'),
    filtered: z
      .number()
      .int()
      .optional()
      .describe('app: items of a poll that its condition passed over since it was turned on.'),
    secret: z.string().optional().describe('Once: the first time somebody who may change it reads it.'),
  }),
  lastRun: z.object({ id, status: z.string(), createdAt: instant }).nullable(),
  connections: z.array(slot),
  createdAt: instant,
  updatedAt: instant,
});
export const workflow = workflowRow.extend({
  draft: z.unknown(),
  layout: z.unknown(),
  samples: z.unknown(),
  problems: z.array(problem),
});
export const version = z.object({
  version: z.number().int(),
  publishedAt: instant,
  note: z.string().nullable(),
  contentHash: z.string(),
  publishedBy: z.string().nullable(),
  current: z.boolean(),
});
export const upgrade = z.object({
  app: z.string(),
  to: z.string(),
  versions: z.array(
    z.object({
      from: z.string(),
      isOlder: z.boolean(),
      bump: z.enum(['none', 'patch', 'minor', 'major']),
      changes: z.array(z.object({ path: z.string(), bump: z.string(), message: z.string() })),
    }),
  ),
  definition: z.unknown(),
  parts: z.array(
    z.object({
      stepId: z.string().nullable().describe('Null: the trigger.'),
      from: z.string(),
      to: z.string(),
      before: z.unknown(),
      after: z.unknown(),
      notes: z.array(z.string()),
    }),
  ),
  reads: z.array(
    z.object({ path: z.string(), before: z.string(), after: z.string(), note: z.string().nullable() }),
  ),
  problems: z.array(problem),
});
export const hookSample = z.object({ id, at: instant, output: z.unknown() });
export const triedTrigger = z
  .object({
    ok: z.boolean(),
    samples: z.array(z.unknown()).describe('What runs would start with, the newest first; ten at most.'),
    found: z.number().int().optional().describe('Items that the service answered.'),
    note: z.string().optional(),
    hookUrl: z
      .string()
      .optional()
      .describe('Register it at the service; only for triggers that do not do it.'),
    secret: z.string().optional().describe('What the service signs its calls with.'),
  })
  .loose();
export const triedStep = z
  .object({ ok: z.boolean(), resolvedInput: z.unknown().optional(), output: z.unknown().optional() })
  .loose();

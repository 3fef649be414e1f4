// Shapes of the run routes.
import { z } from 'zod';
import { pageQuery } from '../cursor.ts';
import { id, instant } from '../schema.ts';

export const statuses = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;

export const runParams = z.object({ tenantId: id, runId: id });
export const listQuery = pageQuery.extend({
  workflowId: id.optional(),
  status: z.enum(statuses).optional(),
  from: instant.optional().describe('Created at or after.'),
  to: instant.optional().describe('Created before.'),
});
export const startBody = z.object({
  input: z.unknown().optional().describe('Becomes trigger.output of the run.'),
});
export const replayChoice = z.object({
  from: z.string().max(300).optional().describe('A step: what came before it is kept and not run again.'),
  version: z.enum(['original', 'current']).default('original'),
});
export const stepParams = runParams.extend({
  stepId: z.string().max(300).describe('In a loop with its place, as in `each[3].send`.'),
});
export const iterationQuery = pageQuery.extend({
  limit: z.coerce.number().int().min(1).max(50).default(20).describe('Rows a page, at most 50.'),
  only: z.enum(['failed', 'open']).optional().describe('`open`: begun and not ended.'),
});
export const settleBody = z.object({
  decision: z
    .enum(['happened', 'again'])
    .describe('`happened`: the step is done. `again`: it is sent once more with the same key.'),
  output: z
    .unknown()
    .optional()
    .describe('With `happened`: the output of the step for later steps; else null.'),
});

const failure = z.object({ code: z.string(), message: z.string() }).loose().nullable();
export const runRow = z.object({
  id,
  workflowId: id,
  workflowName: z.string(),
  workflowVersion: z.number().int(),
  status: z.enum(statuses),
  trigger: z.object({ kind: z.string() }),
  triggeredBy: z.string().nullable(),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  error: failure,
  why: z.string().nullable(),
  replayOf: id.nullable(),
});
const step = z.object({
  id: z.string(),
  name: z.string().nullable(),
  kind: z.string(),
  status: z.enum(['pending', 'running', 'waiting', 'succeeded', 'failed', 'skipped', 'cancelled', 'unknown']),
  attempts: z.number().int(),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  input: z.unknown().describe('With every expression filled.'),
  output: z.unknown(),
  error: failure,
  why: z.string().nullable(),
  request: z.unknown(),
  response: z.unknown(),
  loop: z
    .object({
      total: z.number().int(),
      done: z.number().int(),
      failed: z.number().int(),
      open: z.number().int(),
    })
    .optional()
    .describe('Of a loop that has begun: how many of its items have ended well, failed, and are under way.'),
  child: z
    .object({ runId: id, workflowId: id, workflowName: z.string() })
    .optional()
    .describe('The run that a step of kind `workflow` has started.'),
  logs: z.array(z.string()).optional().describe('What the code of the last attempt printed.'),
});
export const iteration = z.object({
  index: z.number().int().describe('From 0.'),
  item: z.unknown(),
  status: step.shape.status,
  why: z.string(),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  value: z.unknown().describe('What was collected.'),
  error: failure,
  steps: z.array(step).describe('Their ids have the place, as in `each[3].send`.'),
});
export const run = runRow.extend({
  steps: z.array(step),
  triggerOutput: z.unknown(),
  calledBy: z
    .array(z.string())
    .describe(
      'Workflows that called one another up to this run, outermost first; "~…" stands for one of another workspace.',
    ),
  parent: z
    .object({ runId: id, stepId: z.string() })
    .nullable()
    .describe('The step of another run that started this one.'),
});
export const journalEvent = z.object({
  seq: z.number().int(),
  type: z.string(),
  step: z.string().nullable(),
  at: instant,
  payload: z.unknown(),
});
export const started = z.object({ runId: id });
const namedStep = z.object({ id: z.string(), name: z.string().nullable() });
export const replayPreview = z.object({
  from: z
    .string()
    .nullable()
    .describe('The step it begins at; in a loop the outermost loop. Null: the beginning.'),
  version: z.number().int().describe('The version that would run.'),
  kept: z.array(namedStep).describe('Their outputs are taken over.'),
  again: z
    .array(namedStep.extend({ kind: z.string(), before: z.boolean() }))
    .describe('`before`: that run had come to it. A step inside a loop is meant by its loop.'),
  added: z.array(namedStep).describe('Steps that the version of that run does not have.'),
  gone: z.array(namedStep).describe('Steps of that run that the version has no more.'),
  effects: z
    .array(
      z.object({
        stepId: z.string().describe('As the workflow has it, without places in loops.'),
        name: z.string().nullable(),
        app: z.string().nullable(),
        action: z.string().nullable(),
        effect: z.enum(['read', 'create', 'update', 'delete', 'send', 'run']).nullable(),
        sent: z
          .object({ method: z.string(), url: z.string() })
          .nullable()
          .describe('The first of what that run sent, as it is stored. Null: not known.'),
        before: z.enum(['done', 'failed', 'unknown']).describe('How it ended in that run.'),
        times: z.number().int().describe('1, or for so many items of a loop.'),
        safety: z.enum(['safe', 'idempotent', 'unsafe']),
        sameKey: z.boolean().describe('It goes under the key that it had before.'),
        words: z.string(),
      }),
    )
    .describe('What happens again outside. Reading is left out.'),
});

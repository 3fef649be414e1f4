// The shape of a workflow document. Unknown keys are refused, so that a typo is not silently without effect.
import { z } from 'zod';
import { mostCodeLength, mostCodeMs } from './place-work.ts';

/** Of a whole document, with those of loops. */
export const mostSteps = 200;

const json = z.json();
const stepId = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,63}$/, 'must begin with a small letter and hold only letters, digits and _');
const edge = z
  .string()
  .regex(
    /^[a-z][A-Za-z0-9_]{0,63}(:(true|false|error|done|rejected|default|case-[A-Za-z0-9_-]+))?$/,
    'must be "step" or "step:port"',
  );
const base = {
  id: stepId,
  name: z.string().max(120).optional(),
  after: z.array(edge).max(50).optional(),
  join: z.enum(['all', 'any']).optional(),
  when: z.string().max(4000).nullish(),
  disabled: z.boolean().optional(),
};
const retry = z.strictObject({
  maxRetries: z.number().int().min(0).max(10).optional(),
  initialDelayMs: z.number().int().min(0).max(3_600_000).optional(),
  maxDelayMs: z.number().int().min(0).max(86_400_000).optional(),
});

const simpleSteps = [
  z.strictObject({
    ...base,
    kind: z.literal('action'),
    use: z.string(),
    connection: z.string().nullish(),
    input: z.record(z.string(), json).optional(),
    fields: z.record(z.string().min(1).max(400), z.record(z.string(), json)).optional(),
    retry: retry.optional(),
    timeoutMs: z.number().int().min(1).max(300_000, 'may be 300000 ms at most').optional(),
    onError: z.enum(['stop', 'continue', 'port']).optional(),
  }),
  z.strictObject({ ...base, kind: z.literal('filter'), condition: z.string().min(1) }),
  z.strictObject({ ...base, kind: z.literal('branch'), condition: z.string().min(1) }),
  z.strictObject({
    ...base,
    kind: z.literal('delay'),
    seconds: z.union([z.number().min(0), z.string()]).optional(),
    until: z.string().optional(),
    workingHours: z.literal(true).optional(),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('switch'),
    cases: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'may hold only letters, digits, _ and -'),
          when: z.string().min(1).max(4000),
        }),
      )
      .min(1)
      .max(50),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('waitForHook'),
    expiresInSeconds: z.number().int().min(1).max(31_622_400),
    onError: z.enum(['stop', 'continue', 'port']).optional(),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('code'),
    input: z.record(z.string(), json).optional(),
    source: z.string().min(1).max(mostCodeLength, `may hold ${mostCodeLength} characters at most`),
    timeoutMs: z.number().int().min(1).max(mostCodeMs, `may be ${mostCodeMs} ms at most`).optional(),
    onError: z.enum(['stop', 'continue', 'port']).optional(),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('workflow'),
    workflowId: z.uuid('Choose the workflow to run.'),
    input: z.record(z.string(), json).optional(),
    wait: z.boolean().optional(),
    timeoutSeconds: z.number().int().min(1).max(31_622_400).optional(),
    onError: z.enum(['stop', 'continue', 'port']).optional(),
  }),
  z.strictObject({ ...base, kind: z.literal('transform'), output: json }),
  z.strictObject({
    ...base,
    kind: z.literal('approval'),
    title: z.string().min(1).max(4000),
    message: z.string().max(10_000).optional(),
    expiresInSeconds: z.number().int().min(1).max(31_622_400).optional(),
    approvers: z
      .array(z.enum(['owner', 'admin', 'builder']))
      .min(1)
      .max(3)
      .optional(),
    fourEyes: z.boolean().optional(),
    link: z.boolean().optional(),
  }),
] as const;

/** Steps of a loop's body are steps again; how deep that may go is checked with words, beside the shape. */
const loop = z.strictObject({
  ...base,
  kind: z.literal('forEach'),
  items: z.union([z.string(), z.array(json)]),
  get steps() {
    return z.array(step).max(mostSteps);
  },
  atOnce: z.number().int().min(1).max(20, 'may be 20 at most').optional(),
  onItemError: z.enum(['stop', 'continue']).optional(),
  collect: json.optional(),
  onError: z.enum(['stop', 'continue', 'port']).optional(),
});

const step: z.ZodType = z.lazy(() => z.discriminatedUnion('kind', [...simpleSteps, loop]));

const trigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({ kind: z.literal('webhook'), verify: z.literal('standard-webhooks').nullish() }),
  z.strictObject({
    kind: z.literal('schedule'),
    cron: z.string().optional(),
    at: z.string().optional(),
    timezone: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('app'),
    use: z.string(),
    connection: z.string().nullish(),
    input: z.record(z.string(), json).optional(),
    fields: z.record(z.string().min(1).max(400), z.record(z.string(), json)).optional(),
    everySeconds: z.number().int().min(10).max(86_400).optional(),
  }),
]);

export const definitionSchema = z.strictObject({
  format: z.literal('workflow/1'),
  name: z.string().min(1).max(120),
  trigger,
  connections: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/),
      z.strictObject({ app: z.string(), connectionId: z.uuid().nullish() }),
    )
    .optional(),
  settings: z
    .strictObject({
      deadlineSeconds: z.number().int().min(1).max(31_622_400).optional(),
      missedSchedule: z.enum(['skip', 'once', 'all']).optional(),
      output: json.optional(),
      concurrency: z
        .strictObject({
          key: z
            .string()
            .min(1, 'says which runs wait for each other, as {{trigger.output.body.customerId}}')
            .max(4000),
          limit: z.number().int().min(1).max(1000).optional(),
        })
        .optional(),
    })
    .optional(),
  steps: z.array(step).max(mostSteps, `may hold ${mostSteps} steps at most`),
});

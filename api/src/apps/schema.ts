// Shapes of the app routes.
import { z } from 'zod';
import { id } from '../schema.ts';

export const appKey = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be in kebab-case: small letters, digits, hyphens')
  .max(64);
export const versionText = z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'must be a version such as 1.2.0');

export const appParams = z.object({ tenantId: id, app: z.string().max(100) });
export const versionParams = appParams.extend({ version: z.string().max(30) });
export const actionParams = appParams.extend({ action: z.string().max(100) });

/** A connector document, whole and maybe unfinished: the validator judges it, not the route. */
export const definitionBody = z.object({
  definition: z.record(z.string(), z.unknown()).describe('The connector document.'),
});
export const anyDefinitionBody = z.object({
  definition: z.unknown().describe('The connector document; anything may be sent to be judged.'),
  moment: z
    .enum(['save', 'publish'])
    .default('publish')
    .describe('Which rules: of a draft, or of a version.'),
});

export const actionTestBody = z.object({
  version: z
    .union([versionText, z.literal('draft')])
    .optional()
    .describe('Preset: the newest version, else the draft.'),
  connectionId: id.nullish().describe('Whose credentials to use.'),
  input: z.record(z.string(), z.unknown()).default({}).describe('The action’s input, without expressions.'),
});

export const problem = z.object({
  path: z.string().describe('JSON pointer of the fault.'),
  code: z.string(),
  message: z.string(),
});
export const appSummary = z.object({
  key: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  categories: z.array(z.string()),
  icon: z.string().optional(),
  builtIn: z.boolean(),
  latestVersion: z.string().nullable(),
  draft: z.boolean().describe('True when there is a draft.'),
  authTypes: z.array(z.string()),
  actions: z.number().int(),
  triggers: z.number().int(),
  parts: z
    .array(
      z.object({
        kind: z.enum(['action', 'trigger']),
        key: z.string(),
        name: z.string(),
        description: z.string().nullable(),
        effect: z.string().nullable(),
      }),
    )
    .optional()
    .describe('What the newest version can do, when asked for.'),
});
export const version = z.object({
  version: z.string(),
  publishedAt: z.string(),
  status: z.string(),
  contentHash: z.string(),
});
export const app = appSummary.omit({ draft: true }).extend({
  etag: z.string(),
  versions: z.array(version),
  draft: z.object({ definition: z.unknown(), etag: z.string(), problems: z.array(problem) }).optional(),
  definition: z.unknown().describe('The newest version; null when none is published.'),
});
export const appVersion = version.extend({ app: z.string(), definition: z.unknown() });
export const savedDraft = z.object({ etag: z.string(), problems: z.array(problem) });
export const diff = z.object({
  from: z.string(),
  to: z.string(),
  bump: z.enum(['none', 'patch', 'minor', 'major']),
  changes: z.array(z.object({ path: z.string(), bump: z.string(), message: z.string() })),
  wanted: z.string().nullable().describe('The lowest version number that fits the changes.'),
  workflows: z.array(
    z.object({
      id,
      name: z.string(),
      isLive: z.boolean(),
      uses: z.array(z.object({ version: z.string(), key: z.string() })),
      breaking: z.array(z.string()),
    }),
  ),
});

export const seenRequest = z
  .object({
    method: z.string(),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.unknown(),
  })
  .nullable();
export const seenResponse = z
  .object({ status: z.number().int(), headers: z.record(z.string(), z.string()), body: z.unknown() })
  .nullable();
/** The answer of a tried action or step; credentials are redacted. */
export const triedAction = z.object({
  ok: z.boolean(),
  request: seenRequest,
  response: seenResponse,
  output: z.unknown().optional(),
  warnings: z.array(problem).optional(),
  error: z
    .object({ code: z.string(), message: z.string(), type: z.string(), path: z.string().optional() })
    .loose()
    .optional(),
  tookMs: z.number(),
});
export const playedExamples = z.object({
  problems: z.array(problem),
  examples: z.array(
    z.object({
      action: z.string(),
      title: z.string(),
      path: z.string(),
      ok: z.boolean(),
      faults: z.array(z.string()),
      request: seenRequest,
      response: seenResponse,
    }),
  ),
});

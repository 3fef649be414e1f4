// Shapes of the connection routes.
import { z } from 'zod';
import { id, name } from '../schema.ts';
import { noteText, storedObject } from '../stored-value.ts';

/** Shown in place of every credential; sent back, it keeps what is stored. */
export const redacted = '[REDACTED]';

export const credentials = z
  .record(z.string().max(200), noteText(20_000))
  .describe(`Write-only. In a change, ${redacted} keeps the stored value.`);
const keepForApp = z
  .boolean()
  .default(false)
  .describe(
    'Keep the credentials of the level `app` for all connections of the app instead of with this one. Takes an admin.',
  );
const config = storedObject(50_000).describe('Settings that are no secret, as the app asks for them.');
const appKey = z.string().min(1).max(100);
const authKey = z.string().min(1).max(100).describe('Which way to sign in; preset: the first of the app.');

export const connectionParams = z.object({ tenantId: id, connectionId: id });
export const createBody = z.object({
  app: appKey,
  name,
  auth: authKey.optional(),
  credentials: credentials.default({}),
  config: config.optional(),
  keepForApp,
});
export const changeBody = z.object({
  name: name.optional(),
  credentials: credentials.optional(),
  config: config.optional(),
});
export const testBody = z.object({
  agreeToHosts: z
    .array(z.string().min(1).max(300))
    .max(50)
    .optional()
    .describe('Hosts that the credentials may be sent to from now on, as `hosts_not_agreed` named them.'),
});
export const oauthStartBody = z.object({
  app: appKey.optional(),
  auth: authKey.optional(),
  name: name.optional(),
  credentials: credentials.default({}),
  config: config.optional(),
  agreeToHosts: testBody.shape.agreeToHosts,
  keepForApp: keepForApp.describe('As when a connection is made; of no meaning with `connectionId`.'),
  connectionId: id.nullish().describe('Reconnect this connection instead of making one.'),
});

export const testAnswer = z.object({
  ok: z.boolean(),
  account: z.string().nullable().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  hint: z.string().optional(),
  details: z
    .object({ hosts: z.array(z.string()), agreedHosts: z.array(z.string()) })
    .optional()
    .describe('With `hosts_not_agreed`: the hosts to agree to, and those agreed to before.'),
});
export const connection = z.object({
  id,
  app: z.string(),
  name: z.string(),
  auth: z.string(),
  config: z.record(z.string(), z.unknown()),
  status: z.enum(['untested', 'working', 'failing', 'needs_reauth']),
  account: z.string().nullable(),
  lastTestedAt: z.string().nullable(),
  lastTest: testAnswer.nullable(),
  credentials: z.record(
    z.string(),
    z.object({
      redacted: z.literal(true),
      value: z.literal(redacted),
      updatedAt: z.string(),
      fingerprint: z.string().describe('Tells whether two credentials are the same, and nothing else.'),
    }),
  ),
  credentialHosts: z
    .array(z.string())
    .describe('Hosts that a person agreed to send the credentials to. Empty: the first use binds it.'),
  hostsToAgree: z
    .array(z.string())
    .describe('Further hosts that the newest version of the app would send them to; a test asks for them.'),
  usedBy: z.array(z.object({ id, name: z.string() })),
  etag: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

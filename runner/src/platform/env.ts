// The environment, parsed once. Nothing else reads process.env; every fault is listed at once.
import path from 'node:path';
import { z } from 'zod';

const optionalUrl = (protocols: string[]) =>
  z
    .string()
    .optional()
    .transform((text) => text || undefined)
    .refine(
      (text) => text === undefined || (URL.canParse(text) && protocols.includes(new URL(text).protocol)),
      {
        message: `must be a URL that begins with ${protocols.join(' or ')}//`,
      },
    );
const wholeNumber = (least: number, most: number, preset: number) =>
  z.coerce.number().int().min(least).max(most).default(preset);

/** Every setting, in the order of .env.example. The describe() texts are its comments. */
export const environmentSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('production makes missing keys end the start.'),
  WEFTLINE_ROLE: z
    .enum(['all', 'api', 'runner'])
    .default('all')
    .describe('What this process does. npm start: all.'),
  PORT: wholeNumber(0, 65535, 3000).describe('Port of the API and the web app.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on. 0.0.0.0 in images.'),
  PUBLIC_URL: optionalUrl(['http:', 'https:']).describe(
    'How the outside reaches us: hook URLs, OAuth callbacks, cookies. Default: http://HOST:PORT.',
  ),
  DATA_DIR: z
    .string()
    .default('.data')
    .describe('Folder for the embedded PostgreSQL and for keys that are made once.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Lowest level that is logged.'),
  DATABASE_URL: optionalUrl(['postgres:', 'postgresql:']).describe(
    "The application's own login at a PostgreSQL 15 or newer: owns nothing, no DDL. Unset: the embedded PostgreSQL.",
  ),
  MIGRATION_DATABASE_URL: optionalUrl(['postgres:', 'postgresql:']).describe(
    "Used by migrations alone; makes the roles and the application's login when they are missing.",
  ),
  REDIS_URL: optionalUrl(['redis:', 'rediss:']).describe(
    'Rings the bells between processes (BullMQ). Unset: LISTEN/NOTIFY and a poll each second.',
  ),
  ENCRYPTION_KEYS: z
    .string()
    .optional()
    .describe('Keyring for credentials: kid:hex,kid:hex with 64 hex characters each; the first is active.'),
  ENCRYPTION_KEY: z.string().optional().describe('One key of 64 hex characters, when there is no keyring.'),
  JWT_KEYS: z
    .string()
    .optional()
    .describe(
      'Keys that sign access tokens: kid:hex,kid:hex with at least 64 hex characters each; the first is active.',
    ),
  DEFAULT_PLAN: z
    .enum(['free', 'scale', 'unlimited'])
    .default('free')
    .describe(
      "Plan of new tenants: free (50 workflows, 100 runs an hour), scale (200, 500), unlimited (the operator's switch).",
    ),
  LEASE_SECONDS: wholeNumber(1, 600, 30).describe('How long a runner may hold a run without a sign of life.'),
  RUNNER_CONCURRENCY: wholeNumber(1, 10_000, 512).describe('Runs that one runner process works on at once.'),
  CODE_POOL_SIZE: wholeNumber(1, 64, 2).describe(
    'Processes that wait for code steps, and so how many run at once in one process of Weftline. None starts before the first code step does.',
  ),
  EGRESS_ALLOW: z
    .string()
    .default('')
    .describe('Exact host:port list that may be private, separated by commas. For development.'),
  EGRESS_ALLOW_IN_PRODUCTION: z
    .enum(['yes', 'no'])
    .default('no')
    .describe('yes lets EGRESS_ALLOW stand with NODE_ENV=production.'),
  FILE_MIB: wholeNumber(1, 2048, 100).describe('Most MiB of one file that goes by reference.'),
  WORKSPACE_FILES_MIB: wholeNumber(1, 1_048_576, 2048).describe(
    'Most MiB of all files of a workspace together; older ones are removed when their time is over.',
  ),
  METRICS_TOKEN: z
    .string()
    .optional()
    .describe('Bearer token for /metrics. Unset: /metrics answers only to this machine.'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .describe('Further origins that may call the API from a browser, separated by commas.'),
});

export type Environment = Omit<
  z.infer<typeof environmentSchema>,
  'EGRESS_ALLOW' | 'PUBLIC_URL' | 'CORS_ORIGINS'
> & {
  EGRESS_ALLOW: string[];
  CORS_ORIGINS: string[];
  PUBLIC_URL: string;
};

/** The start cannot go on. `faults` are sentences that each say what to do. */
export class StartError extends Error {
  readonly faults: string[];
  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.name = 'StartError';
    this.faults = faults;
  }
}

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
const hexKey = /^[0-9a-f]+$/i;

/** Keys as `kid -> bytes`; the first is active. Faults are pushed, never the key's text. */
export function parseKeyring(
  text: string,
  name: string,
  exactHexLength: number | null,
  faults: string[],
): Map<string, Buffer> {
  const keys = new Map<string, Buffer>();
  for (const part of list(text)) {
    const [kid = '', hex = ''] = part.split(':');
    const long = exactHexLength ? hex.length === exactHexLength : hex.length >= 64;
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(kid) || !hexKey.test(hex) || !long || /^(.)\1+$/.test(hex))
      faults.push(
        `${name}: the entry "${kid}" must be kid:hex with ${exactHexLength ?? 'at least 64'} hex characters. Make one with: openssl rand -hex 32`,
      );
    else keys.set(kid, Buffer.from(hex, 'hex'));
  }
  return keys;
}

/**
 * Parses the environment. Input: the variables and the folder that relative paths start from.
 * Throws StartError with every fault at once.
 */
export function loadEnvironment(variables: Record<string, string | undefined>, folder: string): Environment {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([name, value]) => name in environmentSchema.shape && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success)
    throw new StartError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  const env = parsed.data;
  const faults: string[] = [];
  const allow = list(env.EGRESS_ALLOW);
  for (const entry of allow)
    if (!/^(\[[0-9a-f:.]+\]|[^\s:/@]+):\d{1,5}$/i.test(entry))
      faults.push(`EGRESS_ALLOW: "${entry}" is not host:port, as in 127.0.0.1:15672.`);
  if (env.NODE_ENV === 'production') {
    if (allow.length > 0 && env.EGRESS_ALLOW_IN_PRODUCTION !== 'yes')
      faults.push(
        'EGRESS_ALLOW opens private addresses and NODE_ENV is production. Remove it, or set EGRESS_ALLOW_IN_PRODUCTION=yes if you mean it.',
      );
    if (!env.ENCRYPTION_KEYS && !env.ENCRYPTION_KEY)
      faults.push('ENCRYPTION_KEY is missing. In production it must be given: openssl rand -hex 32');
    if (!env.JWT_KEYS)
      faults.push(
        'JWT_KEYS is missing. In production it must be given as kid:hex, as in k1:$(openssl rand -hex 32)',
      );
  }
  if (env.ENCRYPTION_KEY) {
    if (!/^[0-9a-f]{64}$/i.test(env.ENCRYPTION_KEY) || /^(.)\1+$/.test(env.ENCRYPTION_KEY))
      faults.push(
        'ENCRYPTION_KEY must be 64 hex characters (32 random bytes). Make one with: openssl rand -hex 32',
      );
    if (env.JWT_KEYS?.includes(env.ENCRYPTION_KEY))
      faults.push('ENCRYPTION_KEY and JWT_KEYS must not share a key.');
  }
  if (env.ENCRYPTION_KEYS) parseKeyring(env.ENCRYPTION_KEYS, 'ENCRYPTION_KEYS', 64, faults);
  if (env.JWT_KEYS) parseKeyring(env.JWT_KEYS, 'JWT_KEYS', null, faults);
  if (env.WEFTLINE_ROLE !== 'all' && !env.DATABASE_URL)
    faults.push(
      `DATABASE_URL is missing: the ${env.WEFTLINE_ROLE} process on its own needs a PostgreSQL that the others reach too.`,
    );
  if (faults.length > 0) throw new StartError(faults);
  return {
    ...env,
    DATA_DIR: path.resolve(folder, env.DATA_DIR),
    EGRESS_ALLOW: allow,
    CORS_ORIGINS: list(env.CORS_ORIGINS),
    PUBLIC_URL: (
      env.PUBLIC_URL ?? `http://${env.HOST === '0.0.0.0' ? 'localhost' : env.HOST}:${env.PORT}`
    ).replace(/\/$/, ''),
  };
}

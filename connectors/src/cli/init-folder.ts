/** `weftline init FOLDER`: a small connector that works, to change into one's own. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Auth, Connector } from '../types.ts';
import { exitCodes, UsageError } from './read-connector.ts';
import type { Terminal } from './terminal.ts';
import { writeFolder } from './write-folder.ts';
import { toJson } from './write-json.ts';

type Options = { name?: string; baseUrl?: string; auth?: string; json?: boolean };

const test = { action: 'get-me' };
const ways: { [name: string]: Auth } = {
  'api-key': {
    key: 'api-key',
    label: 'API key',
    type: 'API_KEY',
    apply: [{ in: 'header', name: 'Authorization', value: 'Bearer {{credentials.apiKey}}' }],
    test,
  },
  basic: { key: 'basic', label: 'User name and password', type: 'BASIC', test },
  oauth2: {
    key: 'oauth2',
    label: 'Sign in',
    type: 'OAUTH2',
    oauth2: {
      grant: 'authorization_code',
      authorizationUrl: 'https://api.example.com/oauth/authorize',
      tokenUrl: 'https://api.example.com/oauth/token',
      scopes: [],
    },
    test,
  },
  none: { key: 'none', label: 'No sign-in', type: 'NONE' },
};

/** @returns the exit code; with `json` the answer is `{ ok, app, files }` */
export function initFolder(folder: string, options: Options, terminal: Pick<Terminal, 'write'>): number {
  const key = basename(resolve(folder));
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(key))
    throw new UsageError(
      `The folder's name becomes the key of the app; write it in kebab-case, not "${key}".`,
    );
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UsageError(`The folder ${folder} is not empty; choose another one.`);
  const auth = ways[options.auth ?? 'api-key'];
  if (!auth) throw new UsageError(`--auth is one of ${Object.keys(ways).join(', ')}.`);
  const baseUrl = options.baseUrl ?? 'https://api.example.com';
  if (!/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl))
    throw new UsageError(
      `--base-url is a whole address such as https://api.example.com/v1, not "${baseUrl}".`,
    );
  const files = writeFolder(
    folder,
    firstConnector(key, options.name ?? titleOf(key), baseUrl.replace(/\/+$/, ''), auth),
  );
  terminal.write(
    options.json
      ? toJson({ ok: true, app: key, files })
      : `${files.map((file) => `  ${file}\n`).join('')}Change them, then: weftline validate ${folder}\n`,
  );
  return exitCodes.done;
}

function firstConnector(key: string, name: string, baseUrl: string, auth: Auth): Connector {
  return {
    manifestVersion: 1,
    app: { key, name, description: `What ${name} is for, in a sentence.` },
    version: '1.0.0',
    baseUrl,
    auth: [auth],
    actions: [
      {
        key: 'get-me',
        name: 'Get the signed-in user',
        effect: 'read',
        method: 'GET',
        endpointTemplate: '/me',
        outputSchema: { type: 'object', properties: { name: { type: 'string' } } },
        sample: { name: 'Ada' },
        examples: [
          {
            title: 'who the key belongs to',
            input: {},
            expect: {
              request: { method: 'GET', url: `${baseUrl}/me` },
              response: { status: 200, body: { name: 'Ada' } },
              output: { name: 'Ada' },
            },
          },
        ],
        inputSchema: { type: 'object', properties: {}, additionalProperties: false },
      },
    ],
  };
}

function titleOf(key: string): string {
  return key
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');
}

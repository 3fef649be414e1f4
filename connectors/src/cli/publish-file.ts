/** `weftline publish FILE`: validates here, saves the draft there, publishes it. */
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { callApi, type Answer, type Server } from './call-api.ts';
import type { Terminal } from './terminal.ts';
import { exitCodes, readConnector, UsageError } from './read-connector.ts';
import { count, showProblems } from './show-problems.ts';

type Options = { url?: string; token?: string; tenant?: string; draft?: boolean; json?: boolean };

/** @returns the exit code; with `json` the answer is `{ ok, app, version?, contentHash?, problems?, error? }` */
export async function publishFile(file: string, options: Options, terminal: Terminal): Promise<number> {
  const document = readConnector(file);
  const problems = validateConnector(document, options.draft ? 'save' : 'publish');
  if (problems.length > 0) {
    terminal.write(
      options.json
        ? toJson({ ok: false, problems })
        : `${file} has ${count(problems.length, 'problem')}:\n${showProblems(problems)}`,
    );
    return exitCodes.problems;
  }
  const connector = document as Connector;
  const server = await findServer(options, terminal);
  const app = connector.app.key;
  const saved = await saveDraft(server, connector);
  if (!saved.ok) return refuse(saved, app, options, terminal);
  if (options.draft) {
    terminal.write(options.json ? toJson({ ok: true, app, draft: true }) : `The draft of ${app} is saved.\n`);
    return exitCodes.done;
  }
  const published = await callApi(server, 'POST', `/apps/${app}/publish`, {});
  if (!published.ok) return refuse(published, app, options, terminal);
  const { version, contentHash } = published.body as { version: string; contentHash?: string };
  terminal.write(
    options.json ? toJson({ ok: true, app, version, contentHash }) : `${app} ${version} is published.\n`,
  );
  return exitCodes.done;
}

async function findServer(options: Options, { env, fetch }: Terminal): Promise<Server> {
  const url = options.url ?? env['WEFTLINE_URL'];
  const token = options.token ?? env['WEFTLINE_TOKEN'];
  if (!url || !URL.canParse(url))
    throw new UsageError('Say which server: --url http://localhost:3000, or WEFTLINE_URL.');
  if (!token) throw new UsageError('Give an API key: WEFTLINE_TOKEN=…, or --token.');
  const base = { url: url.replace(/\/+$/, ''), token, fetch };
  const tenant = options.tenant ?? env['WEFTLINE_TENANT'];
  if (tenant) return { ...base, tenant };
  const me = await callApi({ ...base, tenant: null }, 'GET', '/me');
  const id = (me.body as { tenant?: { id?: unknown } } | null)?.tenant?.id;
  if (!me.ok || typeof id !== 'string')
    throw new UsageError(
      `The server does not say which workspace the token belongs to (${me.message}); give --tenant.`,
    );
  return { ...base, tenant: id };
}

/** A new app is made with its draft; that of a known one is replaced, on the state that was just read. */
async function saveDraft(server: Server, connector: Connector): Promise<Answer> {
  const path = `/apps/${connector.app.key}`;
  const known = await callApi(server, 'GET', path);
  if (known.status === 404) return callApi(server, 'POST', '/apps', { definition: connector });
  if (!known.ok) return known;
  return callApi(server, 'PUT', `${path}/draft`, { definition: connector }, known.etag);
}

function refuse(answer: Answer, app: string, options: Options, terminal: Terminal): number {
  const { problems = [] } = answer.details as { problems?: Parameters<typeof showProblems>[0] };
  if (options.json)
    terminal.write(
      toJson({
        ok: false,
        app,
        error: { status: answer.status, code: answer.code, message: answer.message },
        problems,
      }),
    );
  else terminal.writeError(`${app} was not published: ${answer.message}\n${showProblems(problems)}`);
  return problems.length > 0 ? exitCodes.problems : exitCodes.server;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

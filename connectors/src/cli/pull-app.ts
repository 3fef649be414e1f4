/** `weftline pull APP --out PATH`: brings an app of a server here, as one document or as a folder to work in. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import type { Connector } from '../types.ts';
import { callApi } from './call-api.ts';
import { findServer, type ServerOptions } from './find-server.ts';
import { exitCodes, UsageError } from './read-connector.ts';
import { withProgress } from './show-progress.ts';
import type { Terminal } from './terminal.ts';
import { writeFolder } from './write-folder.ts';
import { toJson } from './write-json.ts';

type Options = ServerOptions & { version?: string; out: string; force?: boolean; json?: boolean };

/** @returns the exit code; with `json` the answer is `{ ok, app, version, files }` */
export async function pullApp(app: string, options: Options, terminal: Terminal): Promise<number> {
  const isFile = options.out.endsWith('.json');
  if (!options.force && existsSync(options.out) && (isFile || readdirSync(options.out).length > 0))
    throw new UsageError(`${options.out} is there already; choose another place, or --force to replace it.`);
  const server = await findServer(options, terminal);
  const { version } = options;
  const path = `/apps/${encodeURIComponent(app)}`;
  const answer = await withProgress(terminal, `Fetching ${app}`, () =>
    callApi(
      server,
      'GET',
      version && version !== 'draft' ? `${path}/versions/${encodeURIComponent(version)}` : path,
    ),
  );
  const body = answer.body as { definition?: unknown; draft?: { definition?: unknown } } | null;
  const definition =
    version === 'draft' ? body?.draft?.definition : (body?.definition ?? body?.draft?.definition);
  if (!answer.ok || !definition) {
    const message = answer.ok ? `${app} has no ${version ?? 'version'}.` : answer.message;
    if (options.json)
      terminal.write(toJson({ ok: false, error: { status: answer.status, code: answer.code, message } }));
    else terminal.writeError(`${app} was not fetched: ${message}\n`);
    return exitCodes.server;
  }
  const connector = definition as Connector;
  let files = [options.out];
  if (isFile) writeFileSync(options.out, toJson(connector));
  else files = writeFolder(options.out, connector);
  terminal.write(
    options.json
      ? toJson({ ok: true, app, version: connector.version, files })
      : `${app} ${connector.version} is in ${options.out} (${files.length} files).\n`,
  );
  return exitCodes.done;
}

/** `weftline publish FILE`: validates here, saves the draft there, publishes it. */
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { callApi, type Answer } from './call-api.ts';
import { findServer, type ServerOptions } from './find-server.ts';
import { exitCodes, readConnector } from './read-connector.ts';
import { saveDraft } from './save-draft.ts';
import { withProgress } from './show-progress.ts';
import { count, showProblems } from './show-problems.ts';
import type { Terminal } from './terminal.ts';
import { toJson } from './write-json.ts';

type Options = ServerOptions & { draft?: boolean; json?: boolean };

/** @returns the exit code; with `json` the answer is `{ ok, app, version?, contentHash?, problems?, error? }` */
export async function publishFile(file: string, options: Options, terminal: Terminal): Promise<number> {
  const document = readConnector(file);
  const problems = validateConnector(document, options.draft ? 'save' : 'publish');
  if (problems.length > 0) {
    terminal.write(
      options.json
        ? toJson({ ok: false, problems })
        : `${file} has ${count(problems.length, 'problem')}:\n${showProblems(problems, document)}`,
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
  const published = await withProgress(terminal, `Publishing ${app} ${connector.version}`, () =>
    callApi(server, 'POST', `/apps/${app}/publish`, {}),
  );
  if (!published.ok) return refuse(published, app, options, terminal);
  const { version, contentHash } = published.body as { version: string; contentHash?: string };
  terminal.write(
    options.json ? toJson({ ok: true, app, version, contentHash }) : `${app} ${version} is published.\n`,
  );
  return exitCodes.done;
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

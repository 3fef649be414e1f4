/** `weftline try FILE ACTION`: one real call by a server, with one of its connections. */
import { existsSync, readFileSync } from 'node:fs';
import { findAction } from '../find-action.ts';
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { callApi } from './call-api.ts';
import { findServer, type ServerOptions } from './find-server.ts';
import { exitCodes, readConnector, UsageError } from './read-connector.ts';
import { saveDraft } from './save-draft.ts';
import { count, showProblems } from './show-problems.ts';
import { withProgress } from './show-progress.ts';
import type { Terminal } from './terminal.ts';
import { toJson } from './write-json.ts';

type Options = ServerOptions & { connection?: string; input?: string; yes?: boolean; json?: boolean };
type Tried = {
  ok: boolean;
  request: unknown;
  response: unknown;
  output?: unknown;
  error?: { message: string };
  tookMs: number;
};

/**
 * Saves the connector as the draft of its app, then makes the call with that draft.
 * @returns the exit code: 0 it succeeded, 1 the service or the connector refused, 3 the server did not do it
 */
export async function tryAction(
  file: string,
  key: string,
  options: Options,
  terminal: Terminal,
): Promise<number> {
  const document = readConnector(file);
  const problems = validateConnector(document, 'save');
  if (problems.length > 0) {
    terminal.write(
      options.json
        ? toJson({ ok: false, problems })
        : `${file} has ${count(problems.length, 'problem')}:\n${showProblems(problems, document)}`,
    );
    return exitCodes.problems;
  }
  const connector = document as Connector;
  const action = findAction(connector, key);
  if (!action)
    throw new UsageError(
      `There is no action ${key}; there are ${connector.actions.map((one) => one.key).join(', ')}.`,
    );
  if (action.effect !== 'read' && options.yes !== true)
    throw new UsageError(
      `"${action.name}" changes something at ${connector.app.name}. Say --yes if you mean it.`,
    );
  const input = await readInput(options.input, terminal);
  const server = await findServer(options, terminal);
  const saved = await saveDraft(server, connector);
  const answer = saved.ok
    ? await withProgress(terminal, `Calling ${connector.app.name}`, () =>
        callApi(server, 'POST', `/apps/${connector.app.key}/actions/${key}/test`, {
          version: 'draft',
          input,
          ...(options.connection === undefined ? {} : { connectionId: options.connection }),
        }),
      )
    : saved;
  if (!answer.ok) {
    if (options.json)
      terminal.write(
        toJson({ ok: false, error: { status: answer.status, code: answer.code, message: answer.message } }),
      );
    else terminal.writeError(`It was not tried: ${answer.message}\n`);
    return exitCodes.server;
  }
  const tried = answer.body as Tried;
  if (options.json) terminal.write(toJson(tried));
  else {
    terminal.write(`Sent: ${toJson(tried.request)}Answered: ${toJson(tried.response)}`);
    terminal.write(tried.ok ? `Output: ${toJson(tried.output)}` : `It failed: ${tried.error?.message}\n`);
  }
  return tried.ok ? exitCodes.done : exitCodes.problems;
}

/** A file, JSON as it stands, or `-` for standard input. */
async function readInput(given: string | undefined, terminal: Terminal): Promise<unknown> {
  if (given === undefined) return {};
  const text =
    given === '-' && terminal.readInput
      ? await terminal.readInput()
      : existsSync(given)
        ? readFileSync(given, 'utf8')
        : given;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`The input is neither a file nor JSON: ${given.slice(0, 60)}`);
  }
}

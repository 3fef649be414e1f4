/** `weftline validate FILE` */
import { listWarnings } from '../list-warnings.ts';
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import type { Terminal } from './terminal.ts';
import { exitCodes, readConnector } from './read-connector.ts';
import { count, showProblems } from './show-problems.ts';

/** @returns the exit code; with `json` the answer is `{ ok, problems, warnings }` */
export function validateFile(
  file: string,
  options: { draft?: boolean; json?: boolean },
  terminal: Pick<Terminal, 'write'>,
): number {
  const document = readConnector(file);
  const problems = validateConnector(document, options.draft ? 'save' : 'publish');
  const warnings = problems.length === 0 ? listWarnings(document as Connector) : [];
  if (options.json) {
    terminal.write(`${JSON.stringify({ ok: problems.length === 0, problems, warnings }, null, 2)}\n`);
  } else if (problems.length > 0) {
    terminal.write(`${file} has ${count(problems.length, 'problem')}:\n${showProblems(problems, document)}`);
  } else {
    const { app, version } = document as Connector;
    terminal.write(`${app.key} ${version} can be ${options.draft ? 'saved' : 'published'}.\n`);
    if (warnings.length > 0) terminal.write(`Worth a second look:\n${showProblems(warnings, document)}`);
  }
  return problems.length === 0 ? exitCodes.done : exitCodes.problems;
}

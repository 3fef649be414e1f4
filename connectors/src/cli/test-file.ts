/** `weftline test FILE`: plays examples and fixtures by the executor that runs workflows, without a network. */
import { statSync } from 'node:fs';
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { exitCodes, readConnector, UsageError } from './read-connector.ts';
import { count, showProblems } from './show-problems.ts';
import { withProgress } from './show-progress.ts';
import type { Terminal } from './terminal.ts';
import { toJson } from './write-json.ts';

/** @returns the exit code; with `json` the answer is `{ ok, passed, failed, untested, results, problems }` */
export async function testFile(
  file: string,
  options: { json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const { play } = terminal;
  if (!play)
    throw new UsageError(
      'Examples are played where Weftline is installed whole; here only "validate" works.',
    );
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
  const folder = statSync(file).isDirectory() ? file : null;
  const results = await withProgress(terminal, `Playing the examples of ${connector.app.key}`, () =>
    play(connector, folder),
  );
  const failed = results.filter(({ ok }) => !ok);
  const tested = new Set(results.map(({ action }) => action));
  const untested = connector.actions
    .filter(({ key, hidden }) => hidden !== true && !tested.has(key))
    .map(({ key }) => key);
  if (options.json)
    terminal.write(
      toJson({
        ok: failed.length === 0,
        passed: results.length - failed.length,
        failed: failed.length,
        untested,
        results,
        problems: [],
      }),
    );
  else {
    for (const { action, title, ok, faults } of results) {
      terminal.write(`  ${ok ? 'ok  ' : 'FAIL'}  ${action}: ${title}\n`);
      for (const fault of faults) terminal.write(`        ${fault}\n`);
    }
    terminal.write(`${results.length - failed.length} passed, ${failed.length} failed.\n`);
    if (untested.length > 0) terminal.write(`Without an example: ${untested.join(', ')}.\n`);
  }
  return failed.length === 0 ? exitCodes.done : exitCodes.problems;
}

/** `weftline import --curl '…' --out FILE`: a cURL line as a connector. */
import { existsSync, writeFileSync } from 'node:fs';
import { importCurl } from '../import-curl/index.ts';
import { exitCodes, UsageError } from './read-connector.ts';
import type { Terminal } from './terminal.ts';

/**
 * @returns the exit code; with `json` the answer is `{ operations, actions, left, warnings }`
 * @throws UsageError when the line is no call of the web, or the file is there already
 */
export function importLine(
  line: string,
  options: { out?: string; app?: string; json?: boolean; replace?: boolean },
  terminal: Pick<Terminal, 'write' | 'writeError'>,
): number {
  const { out, app, json, replace } = options;
  if (out === undefined) throw new UsageError('Say where the connector shall be written: --out FILE.');
  if (existsSync(out) && !replace) throw new UsageError(`${out} is there already; --replace writes over it.`);
  const imported = importCurl(line, { app });
  if ('problem' in imported) throw new UsageError(imported.problem);
  writeFileSync(out, `${JSON.stringify(imported.definition, null, 2)}\n`);
  const { warnings, definition } = imported;
  for (const warning of warnings) terminal.writeError(`  ${warning}\n`);
  if (json) terminal.write(`${JSON.stringify({ operations: 1, actions: 1, left: [], warnings })}\n`);
  else terminal.write(`${out}: the action "${definition.actions[0]!.key}" of ${definition.app.name}.\n`);
  return exitCodes.done;
}

/** `weftline diff OLDER NEWER` */
import { checkBump, compareConnectors } from '../compare-versions.ts';
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import type { Terminal } from './terminal.ts';
import { exitCodes, readConnector, UsageError } from './read-connector.ts';

/** @returns 0 when the number of the newer version is high enough, else 1 */
export function diffFiles(
  older: string,
  newer: string,
  options: { json?: boolean },
  terminal: Pick<Terminal, 'write'>,
): number {
  const [from, to] = [older, newer].map((file) => {
    const document = readConnector(file);
    const [first] = validateConnector(document, 'save');
    if (first)
      throw new UsageError(
        `${file} is not sound at ${first.path || '(whole document)'}: ${first.message} Run "weftline validate ${file}" first.`,
      );
    return document as Connector;
  }) as [Connector, Connector];
  const { bump, changes } = compareConnectors(from, to);
  const fault = bump === 'none' && from.version === to.version ? null : checkBump(from, to);
  if (options.json)
    terminal.write(`${JSON.stringify({ ok: fault === null, bump, changes, message: fault }, null, 2)}\n`);
  else {
    for (const change of changes) terminal.write(`  ${change.bump.padEnd(5)}  ${change.message}\n`);
    terminal.write(
      `${fault ?? `The changes ask for: ${bump}. ${from.version} to ${to.version} is right.`}\n`,
    );
  }
  return fault === null ? exitCodes.done : exitCodes.problems;
}

/** `weftline build FOLDER --out FILE`: puts the parts of a folder together into the one document that is published. */
import { writeFileSync } from 'node:fs';
import { canonicalize, hashDocument } from '../hash-document.ts';
import { listCapabilities } from '../list-capabilities.ts';
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { exitCodes, readConnector } from './read-connector.ts';
import { count, showProblems } from './show-problems.ts';
import type { Terminal } from './terminal.ts';
import { toJson } from './write-json.ts';

/**
 * Same folder, same bytes: members are sorted, and `requires` is computed.
 * @returns the exit code; with `json` the answer is `{ ok, app, version, contentHash, bytes, file, problems }`
 */
export function buildFile(
  file: string,
  options: { out?: string; json?: boolean },
  terminal: Pick<Terminal, 'write'>,
): number {
  const document = readConnector(file);
  const faults = validateConnector(document, 'save');
  if (faults.length > 0) {
    terminal.write(
      options.json
        ? toJson({ ok: false, problems: faults })
        : `${file} has ${count(faults.length, 'problem')}:\n${showProblems(faults, document)}`,
    );
    return exitCodes.problems;
  }
  const connector = document as Connector;
  const requires = listCapabilities(connector);
  const { requires: _, ...rest } = connector;
  const built = JSON.parse(canonicalize(requires.length > 0 ? { ...rest, requires } : rest)) as Connector;
  const text = toJson(built);
  if (options.out !== undefined) writeFileSync(options.out, text);
  if (options.json)
    terminal.write(
      toJson({
        ok: true,
        app: built.app.key,
        version: built.version,
        contentHash: hashDocument(built),
        bytes: Buffer.byteLength(text),
        file: options.out ?? null,
        problems: [],
      }),
    );
  else if (options.out === undefined) terminal.write(text);
  else
    terminal.write(
      `${built.app.key} ${built.version} is in ${options.out} (${Buffer.byteLength(text)} bytes).\n`,
    );
  return exitCodes.done;
}

/** `weftline`: the command line of connector authors. */
import { text } from 'node:stream/consumers';
import { Command, CommanderError } from 'commander';
import { addImportCommands } from './import-commands.ts';
import { addLocalCommands } from './local-commands.ts';
import { exitCodes, UsageError } from './read-connector.ts';
import { addServerCommands } from './server-commands.ts';
import type { Terminal } from './terminal.ts';

const realTerminal: Terminal = {
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  env: process.env,
  fetch: globalThis.fetch,
  readInput: () => text(process.stdin),
};

/**
 * Runs one command.
 * @param terminal what is not given is that of this process
 * @returns the exit code: 0 done, 1 the connector has problems, 2 wrong use or unreadable file, 3 the server did not do it
 */
export async function run(args: readonly string[], given: Partial<Terminal> = {}): Promise<number> {
  const terminal: Terminal = { ...realTerminal, ...given };
  let code: number = exitCodes.done;
  const program = new Command('weftline')
    .description('Makes, checks, tries and publishes connectors.')
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.writeError });
  const end = (result: number) => {
    code = result;
  };
  addLocalCommands(program, terminal, end);
  addImportCommands(program, terminal, end);
  addServerCommands(program, terminal, end);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (!(error instanceof UsageError)) throw error;
    terminal.writeError(`${error.message}\n`);
    return exitCodes.usage;
  }
  return code;
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));

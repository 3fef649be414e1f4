/** `weftline validate|publish|diff`: what the server does with connectors, on the command line. */
import { Command, CommanderError } from 'commander';
import { diffFiles } from './diff-files.ts';
import { publishFile } from './publish-file.ts';
import { exitCodes, UsageError } from './read-connector.ts';
import type { Terminal } from './terminal.ts';
import { validateFile } from './validate-file.ts';

const realTerminal: Terminal = {
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  env: process.env,
  fetch: globalThis.fetch,
};

/**
 * Runs one command.
 * @returns the exit code: 0 done, 1 the connector has problems, 2 wrong use or unreadable file, 3 the server did not do it
 */
export async function run(args: readonly string[], terminal: Terminal = realTerminal): Promise<number> {
  let code: number = exitCodes.done;
  const program = new Command('weftline')
    .description('Checks and publishes connectors.')
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.writeError });
  program
    .command('validate')
    .description('Say what is wrong with a connector, exactly as the server would.')
    .argument('<file>', 'a connector document, or a folder with app.json, actions/ and triggers/')
    .option('--draft', 'only what must hold for a draft')
    .option('--json', 'answer as JSON')
    .action((file: string, options: { draft?: boolean; json?: boolean }) => {
      code = validateFile(file, options, terminal);
    });
  program
    .command('diff')
    .description('List the changes between two versions and the version number they ask for.')
    .argument('<older>', 'the published document or folder')
    .argument('<newer>', 'the new one')
    .option('--json', 'answer as JSON')
    .action((older: string, newer: string, options: { json?: boolean }) => {
      code = diffFiles(older, newer, options, terminal);
    });
  program
    .command('publish')
    .description('Save a connector as the draft of its app and publish it as a version.')
    .argument('<file>', 'a connector document, or a folder with app.json, actions/ and triggers/')
    .option('--url <address>', 'the server, such as http://localhost:3000 (or WEFTLINE_URL)')
    .option(
      '--token <token>',
      'an API key or access token (or WEFTLINE_TOKEN, which keeps it out of the list of processes)',
    )
    .option('--tenant <id>', 'the workspace (or WEFTLINE_TENANT); without it that of the token')
    .option('--draft', 'save the draft and stop there')
    .option('--json', 'answer as JSON')
    .action(async (file: string, options: Parameters<typeof publishFile>[1]) => {
      code = await publishFile(file, options, terminal);
    });
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

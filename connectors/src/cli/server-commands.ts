/** Commands that ask a Weftline server. */
import type { Command } from 'commander';
import { fileText } from './local-commands.ts';
import { publishFile } from './publish-file.ts';
import { pullApp } from './pull-app.ts';
import type { Terminal } from './terminal.ts';
import { tryAction } from './try-action.ts';

/** @param end takes the exit code of the command that ran */
export function addServerCommands(program: Command, terminal: Terminal, end: (code: number) => void): void {
  withServer(
    program
      .command('try')
      .description('Make one real call of an action, with a connection of the server. Saves the draft first.')
      .argument('<file>', fileText)
      .argument('<action>', 'the key of the action')
      .option('-c, --connection <id>', 'the connection to use')
      .option('-i, --input <input>', 'a file, JSON as it stands, or - for standard input')
      .option('--yes', 'go on although the action changes something at the service'),
  ).action(async (file: string, action: string, options: Parameters<typeof tryAction>[2]) =>
    end(await tryAction(file, action, options, terminal)),
  );
  withServer(
    program
      .command('publish')
      .description('Save a connector as the draft of its app and publish it as a version.')
      .argument('<file>', fileText)
      .option('--draft', 'save the draft and stop there'),
  ).action(async (file: string, options: Parameters<typeof publishFile>[1]) =>
    end(await publishFile(file, options, terminal)),
  );
  withServer(
    program
      .command('pull')
      .description('Bring an app of a server here.')
      .argument('<app>', 'the key of the app')
      .requiredOption('--out <path>', 'a folder to work in, or a file that ends in .json')
      .option('--version <version>', 'a version, or draft; without it the newest version')
      .option('--force', 'replace what is there'),
  ).action(async (app: string, options: Parameters<typeof pullApp>[1]) =>
    end(await pullApp(app, options, terminal)),
  );
}

function withServer(command: Command): Command {
  return command
    .option('--url <address>', 'the server, such as http://localhost:3000 (or WEFTLINE_URL)')
    .option(
      '--token <token>',
      'an API key or access token (or WEFTLINE_TOKEN, which keeps it out of the list of processes)',
    )
    .option('--tenant <id>', 'the workspace (or WEFTLINE_TENANT); without it that of the token')
    .option('--json', 'answer as JSON');
}

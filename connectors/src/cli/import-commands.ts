/** `weftline import`: connectors from what describes a service already. */
import type { Command } from 'commander';
import { importFile, type ImportFileOptions } from './import-file.ts';
import { importLine } from './import-line.ts';
import type { Terminal } from './terminal.ts';

/** @param end is told the exit code */
export function addImportCommands(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command('import')
    .description(
      'Make a connector of an OpenAPI document (3.1, 3.0 or Swagger 2.0, JSON or YAML), or of a cURL line.',
    )
    .argument('[file]', 'the document, or its address')
    .option('--curl <line>', 'a cURL line instead of a document')
    .requiredOption('--out <file>', 'where the connector is written; what was changed there by hand is kept')
    .option('--app <key>', 'key of the app; without it the title of the document')
    .option('--only <names...>', 'operation ids, "GET /path", or tags; without it all operations')
    .option(
      '--with-triggers',
      'webhooks and callbacks as drafts of triggers; their sender check is for you to write before publishing',
    )
    .option('--merge <file>', 'keep the hand edits of this imported connector instead')
    .option('--replace', 'write over what is there')
    .option('--json', 'answer as JSON')
    .action(async (file: string | undefined, options: ImportFileOptions & { curl?: string }) => {
      end(
        options.curl === undefined
          ? await importFile(file, options, terminal)
          : importLine(options.curl, options, terminal),
      );
    });
}

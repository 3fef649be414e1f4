/** Commands that need no server. */
import type { Command } from 'commander';
import { buildFile } from './build-file.ts';
import { describeFile } from './describe-app.ts';
import { diffFiles } from './diff-files.ts';
import { initFolder } from './init-folder.ts';
import type { Terminal } from './terminal.ts';
import { testFile } from './test-file.ts';
import { validateFile } from './validate-file.ts';

export const fileText = 'a connector document, or a folder with app.json, actions/ and triggers/';
const jsonText = 'answer as JSON';

/** @param end takes the exit code of the command that ran */
export function addLocalCommands(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command('init')
    .description('Make a folder with a small connector that works, to change into your own.')
    .argument('<folder>', 'its name becomes the key of the app')
    .option('--name <name>', 'what people call the app')
    .option('--base-url <address>', 'where its API is')
    .option('--auth <way>', 'api-key, basic, oauth2 or none', 'api-key')
    .option('--json', jsonText)
    .action((folder: string, options: Parameters<typeof initFolder>[1]) =>
      end(initFolder(folder, options, terminal)),
    );
  program
    .command('validate')
    .description('Say what is wrong with a connector, exactly as the server would.')
    .argument('<file>', fileText)
    .option('--draft', 'only what must hold for a draft')
    .option('--json', jsonText)
    .action((file: string, options: Parameters<typeof validateFile>[1]) =>
      end(validateFile(file, options, terminal)),
    );
  program
    .command('test')
    .description('Play the examples and fixtures of a connector, without a network.')
    .argument('<file>', fileText)
    .option('--json', jsonText)
    .action(async (file: string, options: Parameters<typeof testFile>[1]) =>
      end(await testFile(file, options, terminal)),
    );
  program
    .command('build')
    .description('Put the parts of a folder together into the one document that is published.')
    .argument('<file>', fileText)
    .option('--out <file>', 'where to; without it the document is printed')
    .option('--json', jsonText)
    .action((file: string, options: Parameters<typeof buildFile>[1]) =>
      end(buildFile(file, options, terminal)),
    );
  program
    .command('docs')
    .description('Write a page about the app for the people who use it, in Markdown.')
    .argument('<file>', fileText)
    .option('--out <file>', 'where to; without it the page is printed')
    .option('--json', jsonText)
    .action((file: string, options: Parameters<typeof describeFile>[1]) =>
      end(describeFile(file, options, terminal)),
    );
  program
    .command('diff')
    .description('List the changes between two versions and the version number they ask for.')
    .argument('<older>', 'the published document or folder')
    .argument('<newer>', 'the new one')
    .option('--json', jsonText)
    .action((older: string, newer: string, options: Parameters<typeof diffFiles>[2]) =>
      end(diffFiles(older, newer, options, terminal)),
    );
}

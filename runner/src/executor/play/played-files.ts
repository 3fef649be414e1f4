// Files of examples and fixtures: nothing is stored. A file of an input holds the text `file <fileId>`; the files that answers
// become are called `example-1`, `example-2` and so on.
import type { FileReference, Files } from '../files.ts';
import { nameFile, typeFile } from '../name-file.ts';

const contentOf = (fileId: string): Buffer => Buffer.from(`file ${fileId}`);

/** Files for one played call. */
export const createPlayedFiles = (): Files => {
  let made = 0;
  return {
    largest: 1024 * 1024,
    find: async (fileId) => ({
      fileId,
      name: 'file',
      contentType: 'application/octet-stream',
      size: contentOf(fileId).length,
    }),
    async *read(fileId) {
      yield contentOf(fileId);
    },
    create: async ({ name, contentType }) => {
      made += 1;
      const reference: FileReference = {
        fileId: `example-${made}`,
        name: nameFile(name),
        contentType: typeFile(contentType),
        size: 0,
      };
      return {
        write: async (bytes) => {
          reference.size += bytes.length;
        },
        finish: async () => reference,
        abandon: async () => undefined,
      };
    },
    remove: async () => undefined,
  };
};

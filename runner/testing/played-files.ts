// The files of a workspace in which every file says hello, for fixtures that take or give files by reference.
import type { Files } from '../src/executor/files.ts';

const content = Buffer.from('hello');

/** Any `fileId` is found; what is kept gets `file-for-tests`. */
export const playedFiles: Files = {
  largest: 1024 * 1024,
  find: async (fileId) => ({ fileId, name: 'hello.txt', contentType: 'text/plain', size: content.length }),
  read: async function* () {
    yield content;
  },
  create: async ({ name, contentType }) => {
    let size = 0;
    return {
      write: async (bytes) => {
        size += bytes.length;
      },
      finish: async () => ({ fileId: 'file-for-tests', name, contentType, size }),
      abandon: async () => undefined,
    };
  },
  remove: async () => undefined,
};

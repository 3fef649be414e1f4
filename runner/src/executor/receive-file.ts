// An answer that becomes a file: its pieces go to the store as they come, and a reference stands for it.
import { nameFromAnswer } from './name-file.ts';
import type { Receive } from '../platform/egress/body-stream.ts';
import { egressError, readEgressDetails } from '../platform/egress/egress-error.ts';
import { CodedError } from '../platform/errors.ts';
import type { FileReference, Files } from './files.ts';

/** What the store cannot keep was answered all the same: the call must not look as if it had never been made. */
const asAnswered = (error: unknown): unknown => {
  if (readEgressDetails(error) !== undefined) return error;
  return error instanceof CodedError
    ? egressError(error.code, 'size', 'answered', error.message, error)
    : egressError('unavailable', 'closed', 'answered', 'The file could not be kept just now.', error);
};

/**
 * Takes the body of a success into the store; a failure is read as usual.
 * @param mostBytes what the app allows; the limit of a file holds in any case
 */
export const receiveFile = (
  files: Files,
  mostBytes: number | undefined,
): { receive: Receive; stored: () => FileReference | undefined } => {
  let stored: FileReference | undefined;
  const most = Math.min(mostBytes ?? files.largest, files.largest);
  return {
    stored: () => stored,
    receive: {
      mostBytes: ({ status }) => (status >= 200 && status < 300 ? most : undefined),
      async take({ headers, url }, pieces) {
        const name = nameFromAnswer(headers, url);
        const contentType = headers['content-type'] ?? '';
        let failed: (() => Promise<void>) | undefined;
        try {
          const writer = await files.create({ name, contentType });
          failed = writer.abandon;
          for await (const piece of pieces) await writer.write(piece);
          stored = await writer.finish();
        } catch (error) {
          await failed?.().catch(() => undefined);
          throw asAnswered(error);
        }
      },
    },
  };
};

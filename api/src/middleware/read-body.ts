// Reads a request body with a cap. The length header is only a hint: bytes are counted as they come.
import { CodedError } from '@weftline/runner/platform/errors';

export const tooLarge = (most: number): CodedError =>
  new CodedError({
    code: 'too_large',
    message: `The body is larger than ${Math.floor(most / 1024)} KiB, the most this address takes.`,
    details: { limitBytes: most },
  });

/**
 * The whole body as bytes, never more than `most`.
 * @throws CodedError too_large (413); not_parseable when the connection breaks or the length is wrong
 */
export async function readBody(request: Request, most: number): Promise<Buffer> {
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > most) throw tooLarge(most);
  if (!request.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > most) {
        await reader.cancel().catch(() => {});
        throw tooLarge(most);
      }
      chunks.push(value);
    }
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError({
      code: 'not_parseable',
      message: 'The body broke off before its end.',
      cause: error,
    });
  }
  return chunks.length === 1 ? Buffer.from(chunks[0]!) : Buffer.concat(chunks);
}

// From the body of a request into the store, piece by piece; what breaks off leaves nothing.
import type { FileReference } from '@weftline/runner/executor/files';
import { CodedError } from '@weftline/runner/platform/errors';
import type { Context } from '../context.ts';

const tooLarge = (most: number): CodedError =>
  new CodedError({
    code: 'too_large',
    message: `A file may have ${Math.floor(most / 1024 / 1024)} MiB.`,
    details: { limitBytes: most },
  });

const decode = (text: string | null): string | undefined => {
  if (text === null) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * Keeps the body of the request as a file.
 * @param named its name; without it the header X-File-Name counts
 * @throws CodedError too_large (413); not_parseable when the body breaks off
 */
export async function receiveUpload(context: Context, named: string | undefined): Promise<FileReference> {
  const { request, services, tenantId } = context;
  const files = services.files.of(tenantId);
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > files.largest) throw tooLarge(files.largest);
  const writer = await files.create({
    name: named ?? decode(request.headers.get('x-file-name')) ?? '',
    contentType: request.headers.get('content-type') ?? '',
  });
  try {
    const reader = request.body?.getReader();
    for (;;) {
      const next = await reader?.read().catch((cause: unknown) => {
        throw new CodedError({
          code: 'not_parseable',
          message: 'The body broke off before its end.',
          cause,
        });
      });
      if (next === undefined || next.done) break;
      await writer.write(next.value);
    }
    const kept = await writer.finish();
    const { fileId, name, size } = kept;
    await context.change(
      { action: 'file.uploaded', subject: `file:${fileId}`, details: { name, size } },
      async () => undefined,
    );
    return kept;
  } catch (error) {
    await request.body?.cancel().catch(() => undefined);
    await writer.abandon().catch(() => undefined);
    throw error;
  }
}

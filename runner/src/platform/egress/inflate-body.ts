// Content codings: gzip or br, one of them, with a bound on what comes out.
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { egressError } from './egress-error.ts';

const inflaters = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), br: promisify(brotliDecompress) };

const isInflater = (name: string): name is keyof typeof inflaters => Object.hasOwn(inflaters, name);

/**
 * The body as its type says, at most `maxBytes` of it.
 * @param coding value of `content-encoding`
 * @throws CodedError `too_large` past the bound, `response_invalid` for other codings, several of them, or broken data
 */
export const inflateBody = async (
  body: Buffer,
  coding: string,
  host: string,
  maxBytes: number,
): Promise<Buffer> => {
  const name = coding.trim().toLowerCase();
  if (name === '' || name === 'identity' || body.length === 0) return body;
  if (!isInflater(name))
    throw egressError(
      'response_invalid',
      'encoding',
      'answered',
      `"${host}" answered in a coding we did not ask for.`,
    );
  try {
    return await inflaters[name](body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw egressError(
        'too_large',
        'size',
        'answered',
        `The answer of "${host}" is larger than ${maxBytes} bytes.`,
        cause,
      );
    throw egressError(
      'response_invalid',
      'encoding',
      'answered',
      `The compressed answer of "${host}" is damaged.`,
      cause,
    );
  }
};

// Signatures of services that have their own way: a hash with a key over a text that the connector describes.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { ExpressionError, parseTemplate } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { encodeHeaderValue } from '@weftline/connectors/expression/positions';
import type { Signing } from '@weftline/connectors/types';
import type { BuiltRequest } from '../build-request.ts';

const describeRequest = ({ method, url, headers, body: built }: BuiltRequest) => {
  const body = built?.text ?? '';
  const { host, pathname, search } = new URL(url);
  return {
    method,
    url,
    host,
    path: pathname,
    query: search.slice(1),
    body,
    bodyHash:
      built?.sha256 ??
      createHash('sha256')
        .update(built?.bytes ?? body)
        .digest('hex'),
    headers: { ...headers },
  };
};

/**
 * @param now milliseconds since 1970
 * @returns the headers that carry the signature
 * @throws ExpressionError for templates without a value
 */
export const signHmac = (
  signing: Signing,
  request: BuiltRequest,
  own: Scope,
  now: number,
): Record<string, string> => {
  const reads = {
    ...own,
    request: describeRequest(request),
    now: new Date(now).toISOString(),
  };
  const facts = {
    timestamp: Math.floor(now / 1_000),
    timestampMs: now,
    nonce: randomBytes(16).toString('hex'),
  };
  const fill = (template: string | undefined, scope: Scope): string =>
    fillTemplate(parseTemplate(template ?? ''), scope, { missing: 'fail', position: 'text' }) ?? '';
  const scope = { ...reads, auth: facts };
  const key = Buffer.from(fill(signing.key, own), signing.keyEncoding ?? 'utf8');
  if (key.length === 0) throw new ExpressionError('bad_value', 'The key to sign with is empty.');
  const signature = createHmac(signing.algorithm ?? 'sha256', key)
    .update(fill(signing.content, scope))
    .digest(signing.encoding ?? 'hex');
  const signed = { ...reads, auth: { ...facts, signature } };
  return Object.fromEntries(
    Object.entries(signing.headersTemplate ?? {}).map(([name, template]) => [
      name.toLowerCase(),
      encodeHeaderValue(fill(template, signed)),
    ]),
  );
};

// Signs a finished request in the way the connector names.
import { randomBytes } from 'node:crypto';
import { parseTemplate } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import type { JsonObject } from '@weftline/connectors/json';
import type { Signing } from '@weftline/connectors/types';
import type { BuiltRequest } from '../build-request.ts';
import { signAws } from './sign-aws.ts';
import { signHmac } from './sign-hmac.ts';
import { signOauth1 } from './sign-oauth1.ts';

type Own = { credentials: { [name: string]: string }; connection: JsonObject };

/** Headers that arrive as they are sent; others may be changed on the way and would break the signature. */
const isSteady = (name: string): boolean =>
  name === 'content-type' || name === 'range' || name.startsWith('x-amz-');

/**
 * @param now milliseconds since 1970
 * @returns the headers to add, names in lower case
 * @throws ExpressionError for templates without a value
 */
export const signRequest = (
  signing: Signing,
  request: BuiltRequest,
  own: Own,
  now: number,
): Record<string, string> => {
  const { credentials } = own;
  const body = request.body?.bytes ?? request.body?.text ?? '';
  if (signing.scheme === 'hmac') return signHmac(signing, request, own, now);
  if (signing.scheme === 'oauth1') {
    const isForm = request.body?.contentType.startsWith('application/x-www-form-urlencoded') === true;
    const facts = { timestamp: Math.floor(now / 1_000), nonce: randomBytes(16).toString('hex') };
    const keys = { consumerKey: '', consumerSecret: '', ...credentials };
    const { method, url } = request;
    const form = isForm ? (request.body?.text ?? '') : null;
    return {
      authorization: signOauth1({ method, url, form }, keys, signing.signatureMethod ?? 'HMAC-SHA1', facts),
    };
  }
  const fill = (template: string | undefined): string =>
    fillTemplate(
      parseTemplate(template ?? ''),
      { connection: own.connection },
      { missing: 'fail', position: 'text' },
    ) ?? '';
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => isSteady(name)));
  return signAws(
    { method: request.method, url: request.url, headers, body, bodyHash: request.body?.sha256 },
    { accessKeyId: '', secretAccessKey: '', ...credentials },
    { service: fill(signing.service), region: fill(signing.region) },
    now,
  );
};

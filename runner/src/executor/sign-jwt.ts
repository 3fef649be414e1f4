// Signs the tokens that a connector describes: assertions of OAuth2 grants, and tokens of single requests.
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { evaluateValue, parseTemplate } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { isJsonObject } from '@weftline/connectors/json';
import type { JsonObject } from '@weftline/connectors/json';
import type { Jwt } from '@weftline/connectors/types';
import { SignJWT } from 'jose';
import { CodedError } from '../platform/errors.ts';

export const usualTtlSeconds = 300;

/** A PEM that lost its line breaks in a form or in JSON gets them back. */
export const mendPem = (text: string): string => {
  const found = /-----BEGIN ([A-Z ]+)-----([\s\S]*?)-----END \1-----/.exec(text.replaceAll('\\n', '\n'));
  if (found === null) return text;
  const lines = (found[2] ?? '').replaceAll(/\s+/g, '').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${found[1]}-----`, ...lines, `-----END ${found[1]}-----`, ''].join('\n');
};

const readKey = ({ alg, keyEncoding }: Jwt, key: string): KeyObject | Uint8Array => {
  const encoding = keyEncoding ?? (alg.startsWith('HS') ? 'utf8' : 'pem');
  if (alg.startsWith('HS')) return Buffer.from(key, encoding === 'pem' ? 'utf8' : encoding);
  return createPrivateKey(
    encoding === 'pem' || encoding === 'utf8'
      ? mendPem(key)
      : { key: Buffer.from(key, encoding), format: 'der', type: 'pkcs8' },
  );
};

/**
 * @param usual claims that hold unless the connector names them
 * @param nowMs milliseconds since 1970
 * @returns the compact form; `exp` is `iat` plus the token's life
 * @throws CodedError `invalid_input` for a key that cannot sign; ExpressionError for templates that cannot be filled
 */
export const signJwt = async (spec: Jwt, scope: Scope, usual: JsonObject, nowMs: number): Promise<string> => {
  const now = Math.floor(nowMs / 1_000);
  const reads = { ...scope, now: new Date(nowMs).toISOString() };
  const claims = evaluateValue(spec.claims, reads, { missing: 'drop' });
  const header = evaluateValue(spec.header ?? {}, reads, { missing: 'drop' });
  const key = fillTemplate(parseTemplate(spec.key), reads, { missing: 'fail', position: 'text' }) ?? '';
  const payload = {
    ...usual,
    iat: now,
    exp: now + (spec.ttlSeconds ?? usualTtlSeconds),
    ...(isJsonObject(claims) ? claims : {}),
  };
  try {
    return await new SignJWT(payload)
      .setProtectedHeader({ typ: 'JWT', ...(isJsonObject(header) ? header : {}), alg: spec.alg })
      .sign(readKey(spec, key));
  } catch {
    // What the library says may hold a part of the key, so it is not handed on.
    throw new CodedError({
      code: 'invalid_input',
      message: `The key cannot sign with ${spec.alg}: paste the private key whole, from BEGIN to END, and of the right kind.`,
    });
  }
};

// AWS Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto';
import { encodeStrictly, readPairs, sortPairs } from './encode-strictly.ts';

export type AwsRequest = {
  method: string;
  url: string;
  /** All of them are signed; names in lower case, `host` is added. */
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** Instead of the hash of `body`, in hexadecimal digits. */
  bodyHash?: string | undefined;
};
export type AwsKeys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** `20150830T123600Z` */
const writeMoment = (now: number): string => new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/** S3 signs a path as it is, every other service encodes it once more. */
const writePath = (pathname: string, service: string): string =>
  pathname
    .split('/')
    .map((segment) => encodeStrictly(service === 's3' ? decode(segment) : segment))
    .join('/');

/**
 * @param now milliseconds since 1970
 * @returns the headers to add: `authorization`, `x-amz-date`, and where needed token and hash of the body
 */
export const signAws = (
  request: AwsRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsKeys,
  { service, region }: { service: string; region: string },
  now: number,
): Record<string, string> => {
  const url = new URL(request.url);
  const moment = writeMoment(now);
  const day = moment.slice(0, 8);
  const bodyHash = request.bodyHash ?? sha256(request.body);
  const added: Record<string, string> = {
    'x-amz-date': moment,
    ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
    ...(service === 's3' ? { 'x-amz-content-sha256': bodyHash } : {}),
  };
  const headers: Record<string, string> = { ...request.headers, host: url.host, ...added };
  const names = Object.keys(headers).toSorted();
  const signedHeaders = names.join(';');
  const canonical = [
    request.method,
    writePath(url.pathname, service),
    sortPairs(readPairs(url.search)),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    signedHeaders,
    bodyHash,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', moment, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (former, part) => hmac(former, part),
    `AWS4${secretAccessKey}`,
  );
  const signature = hmac(key as Buffer, text).toString('hex');
  return {
    ...added,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
};

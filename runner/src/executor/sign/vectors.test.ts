// Published examples: AWS's documentation and test suite, RFC 5849.
import { expect, test } from 'vitest';
import { signAws } from './sign-aws.ts';
import type { AwsRequest } from './sign-aws.ts';
import { signOauth1, writeBase } from './sign-oauth1.ts';

const signatureOf = (headers: Record<string, string>) =>
  /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1];

const suiteKeys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const suiteTime = Date.UTC(2015, 7, 30, 12, 36, 0);

test.each([
  ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
])('AWS test suite: %s', (_name, method, path, signature) => {
  const request = { method, url: `https://example.amazonaws.com${path}`, headers: {}, body: '' };
  const place = { service: 'service', region: 'us-east-1' };
  expect(signatureOf(signAws(request, suiteKeys, place, suiteTime))).toBe(signature);
});

test('AWS documentation: ListUsers', () => {
  const request = {
    method: 'GET',
    url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: '',
  };
  const signed = signAws(request, suiteKeys, { service: 'iam', region: 'us-east-1' }, suiteTime);
  expect(signed['authorization']).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});

test.each<[string, string, Record<string, string>, string]>([
  [
    'GetObject',
    '/test.txt',
    { range: 'bytes=0-9' },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  ['bucket lifecycle', '/?lifecycle', {}, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  [
    'ListObjects',
    '/?max-keys=2&prefix=J',
    {},
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
])('S3 documentation: %s', (_name, path, headers, signature) => {
  const request: AwsRequest = {
    method: 'GET',
    url: `https://examplebucket.s3.amazonaws.com${path}`,
    headers,
    body: '',
  };
  const keys = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const place = { service: 's3', region: 'us-east-1' };
  expect(signatureOf(signAws(request, keys, place, Date.UTC(2013, 4, 24)))).toBe(signature);
});

test('RFC 5849, 1.2: the photo of the printer', () => {
  const written = signOauth1(
    { method: 'GET', url: 'http://photos.example.net/photos?file=vacation.jpg&size=original', form: null },
    {
      consumerKey: 'dpf43f3p2l4k3l03',
      consumerSecret: 'kd94hf93k423kf44',
      token: 'nnch734d00sl2jdk',
      tokenSecret: 'pfkkdhi9sl3r4s00',
    },
    'HMAC-SHA1',
    { timestamp: 137_131_202, nonce: 'chapoH' },
  );
  expect(written).toContain('oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"');
});

test('RFC 5849, 3.4.1.1: the base string', () => {
  expect(
    writeBase(
      {
        method: 'POST',
        url: 'http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
        form: 'c2&a3=2+q',
      },
      {
        oauth_consumer_key: '9djdj82h48djs9d2',
        oauth_token: 'kkk9d7dh3k39sjv7',
        oauth_signature_method: 'HMAC-SHA1',
        oauth_timestamp: '137131201',
        oauth_nonce: '7d8f3e4a',
      },
    ),
  ).toBe(
    'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
  );
});

test('a plaintext signature is the two secrets', () => {
  const request = { method: 'GET', url: 'https://a.example/', form: null };
  const keys = { consumerKey: 'a', consumerSecret: 'b&', tokenSecret: 'c' };
  const facts = { timestamp: 1, nonce: 'n' };
  expect(signOauth1(request, keys, 'PLAINTEXT', facts)).toContain('oauth_signature="b%2526%26c"');
});

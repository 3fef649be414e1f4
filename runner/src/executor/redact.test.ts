import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRedact, redacted } from './redact.ts';

const secret = 'p@ss/wo+rd "quoted" <ü>&\\n';
const shapes = (text: string): Record<string, string> => ({
  plain: text,
  base64: Buffer.from(text).toString('base64'),
  base64url: Buffer.from(text).toString('base64url'),
  url: encodeURIComponent(text),
  form: new URLSearchParams({ a: text }).toString().slice(2),
  json: JSON.stringify({ a: text }),
  jsonTwice: JSON.stringify(JSON.stringify({ a: text })),
  hex: Buffer.from(text).toString('hex'),
  upperHex: Buffer.from(text).toString('hex').toUpperCase(),
  html: text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;'),
  basicPair: Buffer.from(`user:${text}`).toString('base64'),
  insideBase64: Buffer.from(JSON.stringify({ token: 'x', a: 'y' }) + text + 'tail').toString('base64'),
});

test('a secret is found in every way it may be written, also deep in a tree and as a member name', () => {
  const { value, text } = createRedact([secret]);
  for (const [name, shape] of Object.entries(shapes(secret))) {
    expect(text(`before ${shape} after`), name).toContain(redacted);
    const tree = JSON.stringify(value({ list: [{ deep: `x${shape}y` }], [shape]: 1 }));
    expect(tree, name).not.toContain(shape);
  }
});

test('1,000 random secrets leave no trace in any shape', () => {
  for (let count = 0; count < 1_000; count += 1) {
    const random = randomBytes(9 + (count % 40)).toString('base64');
    const { text } = createRedact([random]);
    for (const shape of Object.values(shapes(random))) {
      const left = text(shape);
      expect(left).not.toContain(random);
      expect(Buffer.from(left, 'base64').toString()).not.toContain(random);
      expect(decodeURIComponent(left.replaceAll('%', '%25'))).not.toContain(random);
    }
  }
});

test('every line of a private key is taken out, however it is cut', () => {
  const line = (seed: string) => seed.repeat(64).slice(0, 64);
  const key = `-----BEGIN PRIVATE KEY-----\n${line('Ab1')}\n${line('xY2')}\n-----END PRIVATE KEY-----`;
  const { text } = createRedact([key]);
  expect(text(`error near ${line('xY2')}`)).toBe(`error near ${redacted}`);
});

test('short secrets are not looked for, and without secrets nothing is copied', () => {
  const tree = { a: ['abc', 1, null, true] };
  expect(createRedact(['abc', '']).isIdle).toBe(true);
  expect(createRedact([]).value(tree)).toBe(tree);
  expect(createRedact(['longer-secret']).value(tree)).toBe(tree);
  expect(createRedact(['1234567']).value({ pin: 1234567, other: 12345678 })).toEqual({
    pin: redacted,
    other: 12345678,
  });
});

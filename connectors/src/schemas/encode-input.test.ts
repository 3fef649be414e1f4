import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { compareConnectors } from '../compare-versions.ts';
import type { Json } from '../json.ts';
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { encodeInput } from './encode-input.ts';

const text = (more: object) => ({ type: 'string', ...more });
const one = (member: object, value: string) =>
  encodeInput({ type: 'object', properties: { a: member as never } }, { a: value });

test.each([
  ['base64', 'Grüße?>', 'R3LDvMOfZT8+'],
  ['base64url', 'Grüße?>', 'R3LDvMOfZT8-'],
  ['hex', 'Aé', '41c3a9'],
  [
    'md5lower',
    ' Urist.McVankab@freddiesjobs.com\n',
    createHash('md5').update('urist.mcvankab@freddiesjobs.com').digest('hex'),
  ],
  ['sha256lower', ' Ada@Example.com ', createHash('sha256').update('ada@example.com').digest('hex')],
])('%s: %j is sent as %s', (encoding, given, sent) => {
  expect(one(text({ 'x-encode': encoding }), given).value).toEqual({ a: sent });
});

test.each([
  ['epochSeconds', '2026-11-21T09:30:00.999+01:00', 1795249800],
  ['epochMilliseconds', '2026-11-21T08:30:00.999Z', 1795249800999],
  ['date', '2026-11-21T23:30:00-05:00', '2026-11-22'],
  ['date', '2026-11-21', '2026-11-21'],
  ['date-time', '2026-11-21 09:30', '2026-11-21T09:30:00.000Z'],
  ["dd.MM.yyyy 'at' HH:mm", '2026-11-21T09:30:00Z', '21.11.2026 at 09:30'],
])('%s: %s is sent as %s', (form, given, sent) => {
  expect(one(text({ 'x-dateFormat': form }), given)).toEqual({
    value: { a: sent },
    problems: [],
    secrets: [],
  });
});

test('members of lists and of definitions are encoded, null and other members stay, secrets are told in both forms', () => {
  const schema = {
    type: 'object',
    properties: {
      rows: { type: 'array', items: { $ref: '#/$defs/row' } },
      pin: text({ 'x-secret': true, 'x-encode': 'hex' }),
    },
    $defs: {
      row: {
        type: 'object',
        properties: { due: { type: ['string', 'null'], 'x-dateFormat': 'date' }, note: text({}) },
      },
    },
  };
  const typed: Json = {
    rows: [{ due: '2026-02-01T00:00:00Z', note: 'x' }, { due: null }],
    pin: 'AB',
    other: 1,
  };
  expect(encodeInput(schema, typed)).toEqual({
    value: { rows: [{ due: '2026-02-01', note: 'x' }, { due: null }], pin: '4142', other: 1 },
    problems: [],
    secrets: ['AB', '4142'],
  });
  expect(encodeInput(schema, { rows: [{ due: '2026-02-30' }] }).problems).toMatchObject([
    { path: '/rows/0/due', code: 'bad_value' },
  ]);
});

const connectorOf = (member: object, more: object = {}): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: 'https://api.acme.example',
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    actions: [
      {
        key: 'do',
        name: 'Do',
        effect: 'read',
        method: 'GET',
        endpointTemplate: '/do',
        inputSchema: { type: 'object', properties: { a: member } },
        outputSchema: {},
        ...more,
      },
    ],
  }) as unknown as Connector;
const here = '/actions/0/inputSchema/properties/a';

test('the validator takes them at texts of inputs', () => {
  for (const member of [
    text({ 'x-encode': 'md5lower' }),
    { type: ['string', 'null'], format: 'date-time', 'x-dateFormat': 'yyyy/MM/dd' },
    { type: 'array', items: text({ 'x-dateFormat': 'epochSeconds' }) },
  ])
    expect(validateConnector(connectorOf(member), 'save')).toEqual([]);
});

test.each([
  ['another encoding', text({ 'x-encode': 'rot13' }), `${here}/x-encode`],
  ['no pattern', text({ 'x-dateFormat': 'unixtime' }), `${here}/x-dateFormat`],
  ['a number', { type: 'integer', 'x-dateFormat': 'date' }, `${here}/x-dateFormat`],
  ['no type', { 'x-encode': 'hex' }, `${here}/x-encode`],
  ['a list of values', text({ enum: ['a'], 'x-encode': 'hex' }), `${here}/x-encode`],
  ['both', text({ 'x-encode': 'hex', 'x-dateFormat': 'date' }), `${here}/x-encode`],
  ['an address', text({ format: 'email', 'x-dateFormat': 'date' }), `${here}/x-dateFormat`],
  ['one of several forms', { anyOf: [text({ 'x-encode': 'hex' })] }, `${here}/anyOf/0/x-encode`],
  [
    'further members',
    { type: 'object', additionalProperties: text({ 'x-encode': 'hex' }) },
    `${here}/additionalProperties/x-encode`,
  ],
])('the validator refuses %s', (_name, member, path) => {
  expect(validateConnector(connectorOf(member), 'save')).toMatchObject([
    { path, code: expect.stringMatching(/^wrong_(value|type)$/) },
  ]);
});

test('the validator refuses them in outputs and settings, and beside a reference', () => {
  const schema = { type: 'object', properties: { b: text({ 'x-encode': 'hex' }) } };
  expect(validateConnector(connectorOf({}, { outputSchema: schema }), 'save')).toMatchObject([
    { path: '/actions/0/outputSchema/properties/b/x-encode', code: 'wrong_value' },
  ]);
  expect(
    validateConnector({ ...connectorOf({}), connectionSchema: schema } as Connector, 'save'),
  ).toMatchObject([{ path: '/connectionSchema/properties/b/x-encode' }]);
  const named = { ...connectorOf({ $ref: '#/$defs/t', 'x-encode': 'hex' }), $defs: { t: text({}) } };
  expect(validateConnector(named as Connector, 'save')).toMatchObject([{ path: `${here}/x-encode` }]);
});

test('taking the keyword away is as breaking as adding it', () => {
  const bump = (a: object, b: object) => compareConnectors(connectorOf(a), connectorOf(b)).bump;
  expect(bump(text({ 'x-encode': 'hex' }), text({}))).toBe('major');
  expect(bump(text({ 'x-dateFormat': 'date' }), text({ 'x-dateFormat': 'date-time' }))).toBe('major');
});

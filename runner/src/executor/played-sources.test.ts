// Every dropdown and every source of fields of the catalogue is asked over a real socket: its request can be built from the
// inputs it names, goes to a host of the app, and its list is read. The answer is made up from what the source reads.
import { listValuePaths } from '@weftline/connectors/expression';
import type { Json, JsonObject } from '@weftline/connectors/json';
import { loadApps, loadFixtures } from '@weftline/connectors/load-apps';
import type { Fixture } from '@weftline/connectors/load-apps';
import { allowsHost } from '@weftline/connectors/rules/hosts';
import { isWrittenOut } from '@weftline/connectors/rules/list-requests';
import type { Connector, FieldSource, OptionSource } from '@weftline/connectors/types';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, FakeService } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import type { Egress } from '../platform/egress/create-egress.ts';
import { loadFields } from './load-fields.ts';
import { loadOptions } from './load-options.ts';
import { writeXml } from './write-xml.ts';
import { listAllowedHosts } from './fill-address.ts';
import type { OpenConnection } from './types.ts';

let service: FakeService;
let egress: Egress;
let answer: FakeAnswer = {};
const asked: string[] = [];
beforeAll(async () => {
  service = await startFakeService(() => answer);
  const real = createEgress({ allow: [service.host] });
  egress = {
    ...real,
    request: (request) => {
      asked.push(request.url);
      const { pathname, search } = new URL(request.url);
      return real.request({ ...request, url: `http://${service.host}${pathname}${search}` });
    },
  };
});
afterAll(async () => {
  await service?.close();
  await egress?.close();
});

type Path = readonly (string | number)[];

/** Puts a value at a path, making the objects and lists on its way. */
const put = (root: Json, path: Path, value: Json): Json => {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (typeof name === 'number') {
    const list = Array.isArray(root) ? [...root] : [];
    const at = Math.max(0, name);
    for (let index = 0; index < at; index += 1) list[index] ??= 'sample';
    list[at] = put(list[at] ?? {}, rest, value);
    return list;
  }
  const object: JsonObject =
    typeof root === 'object' && root !== null && !Array.isArray(root) ? { ...root } : {};
  object[name] = put(object[name] ?? {}, rest, value);
  return object;
};
const pathOf = (text: string): Path =>
  listValuePaths(`{{${text}}}`).map(({ root, path }) => [root, ...path])[0] ?? [];
const tree = (paths: readonly Path[], at: Json, value: Json): Json =>
  paths.reduce((whole, path) => put(whole, path, value), at);

/** Places that templates read below a root, the longest first, so that a whole one does not hide its members. */
const readBelow = (value: Json, wanted: string): Path[] =>
  listValuePaths(value)
    .filter(({ root }) => root === wanted)
    .map(({ path }) => path)
    .toSorted((left, right) => left.length - right.length);

/** Text that is a number too, since both are read; a place that is compared with true holds true. */
const makeItem = (source: OptionSource | FieldSource): Json => {
  const read = readBelow(source as unknown as Json, 'item');
  if (read.every((path) => path.length === 0)) return '1';
  const wanted = new Set(
    [...JSON.stringify(source).matchAll(/item\.(\w+) == true/g)].map(([, name]) => name),
  );
  const isTrue = (path: Path): boolean => path.length === 1 && wanted.has(String(path[0]));
  return tree(
    read.filter(isTrue),
    tree(
      read.filter((path) => !isTrue(path)),
      {},
      '1',
    ),
    true,
  );
};
const given = ({ input }: Fixture, name: string): Json | undefined =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? input[name] : undefined;
/** What the app's own examples give the input, or a text that is awkward in an address. */
const sampleInput = (connector: Connector, path: Path): Json =>
  (path.length === 1
    ? loadFixtures(connector)
        .map((fixture) => given(fixture, String(path[0])))
        .find((value) => value !== undefined)
    : undefined) ?? 'owner/name';
/** Whether an example asks for just what the source asks for. */
const asksFor = (fixture: Fixture, wanted: JsonObject = {}): boolean =>
  Object.entries(wanted).every(
    ([name, value]) =>
      (typeof value === 'string' && value.includes('{{')) || isDeepStrictEqual(given(fixture, name), value),
  );

const sources = loadApps().flatMap((connector) => {
  const { optionSources = {}, fieldSources = {} } = connector;
  const list = (kind: 'options' | 'fields', all: { [name: string]: OptionSource | FieldSource }) =>
    Object.entries(all).map(([name, source]) => ({
      title: `${connector.app.key}: ${kind} ${name}`,
      kind,
      connector,
      name,
      source,
    }));
  return [...list('options', optionSources), ...list('fields', fieldSources)];
});

/** As the app's own examples sign in; without any, with something for each name that is asked for. */
const openAs = (connector: Connector) => async (): Promise<OpenConnection> => {
  const fixture = loadFixtures(connector).find(({ credentials }) => credentials !== undefined);
  return {
    id: 'c',
    name: 'C',
    authKey: fixture?.auth ?? connector.auth[0]?.key ?? '',
    config: fixture?.config ?? {},
    credentials: fixture?.credentials ?? {},
    saveCredentials: async () => undefined,
  };
};

test.each(sources)('$title', async ({ kind, connector, name, source }) => {
  asked.length = 0;
  const { request, items, dependsOn = [] } = source;
  const examples = isWrittenOut(request)
    ? []
    : loadFixtures(connector).filter(({ action, error }) => action === request.action && error === undefined);
  const fixture = isWrittenOut(request)
    ? undefined
    : (examples.find((one) => asksFor(one, request.with)) ?? examples[0]);
  const isMadeUp = isWrittenOut(request) && request.response === undefined;
  const place = /^(body|status|headers|response|output)\b/.test(items)
    ? pathOf(items)
    : pathOf(`body.${items}`);
  const body = put({}, place.slice(1), [makeItem(source)]);
  const isXml = isWrittenOut(request) && request.responseFormat === 'xml';
  answer = fixture?.response ?? (isXml ? { body: writeXml(body) } : { body });
  const input = dependsOn
    .map((path) => path.split('.'))
    .reduce<Json>((whole, path) => put(whole, path, sampleInput(connector, path)), {}) as JsonObject;
  const call = { tenantId: 't', connector, input, openConnection: openAs(connector), keepAs: null };
  const dependencies = { egress, now: () => Date.parse('2026-11-21T00:00:00Z') };
  const loaded =
    kind === 'options'
      ? await loadOptions(call, name, undefined, dependencies)
      : await loadFields(call, name, dependencies);
  expect(loaded.ok, JSON.stringify(loaded)).toBe(true);
  const { config } = await openAs(connector)();
  const hosts = listAllowedHosts(connector, { connection: config });
  expect(asked.length).toBeGreaterThan(0);
  for (const url of asked)
    expect(
      hosts.some((entry) => allowsHost(entry, new URL(url).host)),
      url,
    ).toBe(true);
  if (!loaded.ok || !isMadeUp) return;
  if ('options' in loaded) expect(loaded.options.length, JSON.stringify(answer)).toBeGreaterThan(0);
  else if (!('field' in source) || source.field.skipWhen === undefined)
    expect(Object.keys((loaded.schema['properties'] ?? {}) as object)).not.toEqual([]);
});

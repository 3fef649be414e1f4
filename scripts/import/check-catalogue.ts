// What the apps of the catalogue send, judged by the services' own documents. Usage: node scripts/import/check-catalogue.ts [APP…]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadApps, loadFixtures, type Fixture } from '../../connectors/src/load-apps.ts';
import { parseOpenApi } from '../../connectors/src/import-openapi/index.ts';
import type { Connector } from '../../connectors/src/types.ts';
import { sendFixture } from '../../runner/src/executor/play/play-fixture.ts';
import { listDocuments, readDocument } from './check-documents.ts';
import { checkRequest, type BuiltRequest, type Judge } from './check-request.ts';
import { documentsFolder } from './libraries.ts';
import { VendorDocument, type VendorOperation } from './vendor-document.ts';
import { makeVendorValidator } from './vendor-schemas.ts';

/** Which document speaks of which app, and where we know better than the document. */
type Catalogue = {
  documents: { [app: string]: string };
  /** Addresses as the document would write them: a pattern and what stands instead. */
  rewrites: { [app: string]: [pattern: string, instead: string] };
  /** Services that take the form of a POST in the query of a GET too, where the document says more. */
  asQuery: string[];
  /** `fault` is the beginning of what the judge says, behind the operation. */
  exceptions: { app: string; fault: string; why: string }[];
};

export type AppReport = {
  app: string;
  document: string;
  actions: number;
  triggers: number;
  requests: number;
  faults: string[];
  /** Faults that an exception explains. */
  excused: number;
};

export const readCatalogue = (): Catalogue =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'catalogue.json'), 'utf8')) as Catalogue;

/** Apps whose document lies in the folder, with its file. */
export function listJudged(): { app: string; file: string }[] {
  const files = listDocuments();
  return Object.entries(readCatalogue().documents).flatMap(([app, id]) => {
    const file = files.find((name) => name.replace(/\..*$/, '') === id);
    return file === undefined ? [] : [{ app, file }];
  });
}

/**
 * Plays the fixtures of an app and judges every request that they send.
 * @param used exceptions that explained something are added, so that nobody keeps those that explain nothing
 */
export async function judgeApp(connector: Connector, file: string, used: Set<string>): Promise<AppReport> {
  const vendor = new VendorDocument(
    parseOpenApi(readDocument(join(documentsFolder, file))) as { [name: string]: unknown },
  );
  const judge: Judge = { vendor, validate: await makeVendorValidator(vendor.document), unjudged: new Map() };
  const operations = vendor.operations();
  const { key } = connector.app;
  const { exceptions, rewrites, asQuery } = readCatalogue();
  const [pattern, instead] = rewrites[key] ?? ['^$', ''];
  const report: AppReport = {
    app: key,
    document: file.replace(/\..*$/, ''),
    actions: connector.actions.length,
    triggers: connector.triggers?.length ?? 0,
    requests: 0,
    faults: [],
    excused: 0,
  };
  for (const fixture of loadFixtures(connector))
    for (const sent of await requestsOf(connector, fixture)) {
      report.requests += 1;
      const moved = asQuery.includes(key) ? toQuery(sent) : sent;
      const request = { ...moved, url: moved.url.replace(new RegExp(pattern), instead) };
      for (const fault of new Set(judgeRequest(judge, operations, request))) {
        const known = exceptions.find((one) => one.app === key && fault.includes(one.fault));
        if (known) used.add(`${known.app} ${known.fault}`);
        if (known) report.excused += 1;
        else report.faults.push(`${fixture.action} (${fixture.title}): ${fault}`);
      }
    }
  return report;
}

async function requestsOf(connector: Connector, fixture: Fixture): Promise<BuiltRequest[]> {
  const { sent } = await sendFixture(connector, fixture);
  return sent.map(({ method, url, headers, body }) => ({
    method,
    url,
    headers,
    body:
      body === null || body === ''
        ? null
        : { text: body, bytes: Buffer.from(body), contentType: headers['content-type'] ?? '' },
  }));
}

function toQuery(request: BuiltRequest): BuiltRequest {
  if (request.body === null) return request;
  return { ...request, method: 'GET', url: `${request.url}?${request.body.text}`, body: null };
}

/** Of several operations whose path fits, the one that the request suits best is meant. */
function judgeRequest(judge: Judge, operations: VendorOperation[], request: BuiltRequest): string[] {
  const judged = operations
    .filter((operation) => operation.method === request.method && asksFor(operation.path, request))
    .map((operation) => ({ operation, faults: checkRequest(judge, operation, request) }))
    .filter(({ faults }) => !faults.some((fault) => fault.startsWith('path ') && fault.includes(' is not /')))
    .toSorted(
      (a, b) => literals(b.operation.path) - literals(a.operation.path) || a.faults.length - b.faults.length,
    );
  const [best] = judged;
  if (!best)
    return [`${request.method} ${new URL(request.url).pathname}: the document has no such operation`];
  return best.faults.map((fault) => `${best.operation.label}: ${fault}`);
}

/** Some documents tell operations of one path apart by what stands behind `#`: a parameter or header that is there. */
function asksFor(path: string, { url, headers, body }: BuiltRequest): boolean {
  const asked = path.split('#')[1];
  if (asked === undefined) return true;
  const form = new URLSearchParams(`${new URL(url).search.slice(1)}&${body?.text ?? ''}`);
  return asked.split('&').every((part) => {
    const [name = '', value] = part.split('=');
    if (value !== undefined) return form.get(name) === value;
    return form.has(name) || headers[name.toLowerCase()] !== undefined;
  });
}

/** Parts of a path that are fixed: `/users/me` says more of `/users/me` than `/users/{id}` does. */
function literals(path: string): number {
  return path.split('/').filter((part) => part !== '' && !part.includes('{')).length;
}

async function main(names: string[]): Promise<number> {
  const apps = new Map(loadApps().map((connector) => [connector.app.key, connector]));
  const used = new Set<string>();
  const total = { requests: 0, faults: 0 };
  console.log('app                  document            actions triggers requests faults excused');
  for (const { app, file } of listJudged()) {
    const connector = apps.get(app);
    if (!connector || (names.length > 0 && !names.includes(app))) continue;
    const row = await judgeApp(connector, file, used);
    const cells = [row.actions, row.triggers, row.requests, row.faults.length, row.excused];
    console.log(
      `${app.padEnd(20)} ${row.document.padEnd(18)} ${cells.map((cell) => String(cell).padStart(8)).join('')}`,
    );
    for (const fault of row.faults) console.log(`    ${fault}`);
    total.requests += row.requests;
    total.faults += row.faults.length;
  }
  // An exception that explains nothing any more hides nothing but the next fault.
  const judged = new Set(listJudged().map(({ app }) => app));
  if (names.length === 0)
    for (const { app, fault } of readCatalogue().exceptions)
      if (judged.has(app) && !used.has(`${app} ${fault}`)) {
        console.log(`    exception without use: ${app} ${fault}`);
        total.faults += 1;
      }
  console.log(`together: ${total.requests} requests judged, ${total.faults} faults`);
  return total.faults === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

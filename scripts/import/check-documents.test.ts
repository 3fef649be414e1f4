import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { skipLoudly } from '../../runner/testing/skip-loudly.ts';
import { checkDocument } from './check-document.ts';
import { listDocuments, readDocument } from './check-documents.ts';
import { documentsFolder } from './libraries.ts';

const fixtures = join(import.meta.dirname, 'fixtures');

test.each(readdirSync(fixtures))(
  '%s: every operation becomes an action whose requests its own document takes',
  async (name) => {
    const report = await checkDocument(readDocument(join(fixtures, name)));
    expect(report.left).toEqual([]);
    expect(report.unmade).toEqual([]);
    expect(report.violations).toEqual([]);
    expect(report.valid).toBe(report.operations);
    expect(report.requests).toBeGreaterThanOrEqual(report.operations);
    expect(report.unjudged).toBe(0);
  },
);

test('the judge sees what is wrong: a request in another style, without a header, or with another body', async () => {
  const { checkRequest } = await import('./check-request.ts');
  const { VendorDocument } = await import('./vendor-document.ts');
  const { makeVendorValidator } = await import('./vendor-schemas.ts');
  const { parseOpenApi } = await import('../../connectors/src/import-openapi/index.ts');
  const vendor = new VendorDocument(parseOpenApi(readDocument(join(fixtures, 'styles-30.yaml'))) as object);
  const judge = {
    vendor,
    validate: await makeVendorValidator(vendor.document),
    unjudged: new Map<string, number>(),
  };
  const find = (label: string) => vendor.operations().find((operation) => operation.label === label)!;
  const faults = (label: string, url: string, headers = {}, body: unknown = null) =>
    checkRequest(judge, find(label), {
      method: label.split(' ')[0]!,
      url: `https://eu.example.com/v1${url}`,
      headers: body === null ? headers : { 'content-type': 'application/json', ...headers },
      body: body === null ? null : { text: JSON.stringify(body), contentType: 'application/json' },
    });
  const needed = { 'x-needed': 'one' };
  expect(faults('GET /plain/{id}', '/plain/1?pipe=a%7Cb', needed)).toEqual([]);
  expect(faults('GET /plain/{id}', '/plain/1?pipe=a,b', needed)).toHaveLength(1);
  expect(faults('GET /plain/{id}', '/plain/0?pipe=a', needed)).toHaveLength(1);
  expect(faults('GET /plain/{id}', '/plain/1?pipe=a&csv=1,x', needed)).toHaveLength(1);
  expect(faults('GET /closed', '/closed?other=1')).toEqual(['query other is not described']);
  expect(faults('GET /plain/{id}', '/plain/1?pipe=a')).toEqual(['header X-Needed is missing']);
  expect(faults('GET /plain/{id}', '/plain/1', needed)).toEqual(['query pipe is missing']);
  expect(faults('GET /matrix/{value}/{list}/{object}', '/matrix/;value=x/;list=a/;a=1')).toHaveLength(1);
  expect(faults('POST /bodies/json', '/bodies/json', {}, { name: 'x' })).toEqual([]);
  expect(faults('POST /bodies/json', '/bodies/json', {}, { name: '' })).toHaveLength(1);
  expect(faults('POST /bodies/json', '/bodies/json', {}, { name: 'x', size: 0 })).toHaveLength(1);
  expect(faults('POST /bodies/json', '/bodies/json')).toEqual(['the body is missing']);
  expect(faults('GET /closed', '/closed', {}, {})).toEqual(['a body that is not described']);
});

// The largest take minutes together; `node scripts/import/check-documents.ts --all` judges them too.
const small = [
  'asana',
  'httpbin',
  'notion',
  'parameters-style-31',
  'slack-web',
  'train-travel',
  'trello',
  'ynab',
  'file-uploads',
  'google-sheets',
];

test('requests of imported services are taken by the services’ own documents', async ({ skip }) => {
  const files = listDocuments().filter((name) => small.includes(basename(name).replace(/\..*$/, '')));
  if (files.length === 0) skipLoudly(skip, `there are no documents in ${documentsFolder}`);
  const rows: string[] = [];
  for (const name of files) {
    const report = await checkDocument(readDocument(join(documentsFolder, name)));
    rows.push(
      `${name}: ${report.operations} operations, ${report.valid} valid, ${report.requests} requests, ${report.violations.length} violations`,
    );
    expect({ name, violations: report.violations, left: report.left, unmade: report.unmade }).toEqual({
      name,
      violations: [],
      left: [],
      unmade: [],
    });
    expect(report.valid).toBe(report.operations);
  }
  console.log(rows.join('\n'));
});

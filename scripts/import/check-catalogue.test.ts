import { expect, test } from 'vitest';
import { loadApps } from '../../connectors/src/load-apps.ts';
import { skipLoudly } from '../../runner/testing/skip-loudly.ts';
import { judgeApp, listJudged, readCatalogue } from './check-catalogue.ts';

const apps = new Map(loadApps().map((connector) => [connector.app.key, connector]));

test('the list names apps that are there, each exception once and with its reason', () => {
  const { documents, exceptions } = readCatalogue();
  expect(Object.keys(documents).filter((app) => !apps.has(app))).toEqual([]);
  const names = exceptions.map(({ app, fault }) => `${app} ${fault}`);
  expect(new Set(names).size).toBe(names.length);
  expect(exceptions.filter(({ app, why }) => !documents[app] || why.length < 20)).toEqual([]);
});

// The others have documents of megabytes; `node scripts/import/check-catalogue.ts` judges all.
const small = [
  'asana',
  'gitlab',
  'gmail',
  'google-sheets',
  'notion',
  'slack',
  'telegram',
  'trello',
  'amazon-ses',
];
const judged = listJudged().filter(({ app }) => small.includes(app));

if (judged.length === 0)
  test('what the apps send is what the services describe', ({ skip }) =>
    skipLoudly(skip, 'the documents of the services are not here'));
else
  test.each(judged)('what $app sends is what its own document describes', async ({ app, file }) => {
    const used = new Set<string>();
    const report = await judgeApp(apps.get(app)!, file, used);
    expect(report.faults).toEqual([]);
    expect(report.requests).toBeGreaterThanOrEqual(report.actions / 2);
    const own = readCatalogue().exceptions.filter((one) => one.app === app);
    expect(own.filter(({ fault }) => !used.has(`${app} ${fault}`))).toEqual([]);
  });

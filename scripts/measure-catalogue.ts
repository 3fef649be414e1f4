// What the catalogue holds, how large each document is and how long it takes to validate. Usage: node scripts/measure-catalogue.ts
import { loadApps, loadFixtures, loadTriggerFixtures } from '../connectors/src/load-apps.ts';
import { validateConnector } from '../connectors/src/validate-connector.ts';

const rounds = 7;

/** Milliseconds of the middle one of several validations for publishing, each of a document nobody validated before. */
function medianMs(document: unknown): { first: number; median: number } {
  const times = Array.from({ length: rounds }, () => {
    const fresh = structuredClone(document);
    const startedAt = performance.now();
    validateConnector(fresh, 'publish');
    return performance.now() - startedAt;
  });
  return { first: times[0]!, median: times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]! };
}

const total = { actions: 0, triggers: 0, fixtures: 0, bytes: 0 };
console.log(
  'app                   version  actions triggers dropdowns fixtures   bytes first ms median ms problems',
);
for (const connector of loadApps()) {
  const { app, version, actions, triggers = [], optionSources = {}, fieldSources = {} } = connector;
  const fixtures = loadFixtures(connector).length + loadTriggerFixtures(connector).length;
  const bytes = Buffer.byteLength(JSON.stringify(connector));
  const { first, median } = medianMs(connector);
  const visible = actions.filter(({ hidden }) => hidden !== true).length;
  const sources = Object.keys(optionSources).length + Object.keys(fieldSources).length;
  const cells = [visible, triggers.length, sources, fixtures, bytes, first.toFixed(1), median.toFixed(1)];
  const widths = [8, 9, 10, 9, 8, 9, 10];
  console.log(
    `${app.key.padEnd(21)} ${version.padEnd(7)}${cells.map((cell, at) => String(cell).padStart(widths[at]!)).join('')} ${String(validateConnector(connector, 'publish').length).padStart(8)}`,
  );
  total.actions += visible;
  total.triggers += triggers.length;
  total.fixtures += fixtures;
  total.bytes += bytes;
}
console.log(
  `together: ${loadApps().length} apps, ${total.actions} actions people see, ${total.triggers} triggers, ${total.fixtures} fixtures, ${total.bytes} bytes`,
);

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildConnector } from 'undici';
import { expect, test } from 'vitest';
import {
  answerFor,
  judgeCase,
  readCases,
  recordingConnect,
  startAnswering,
} from '../../../testing/ssrf-harness.ts';
import { skipLoudly } from '../../../testing/skip-loudly.ts';
import type { Contact, Verdict } from '../../../testing/ssrf-harness.ts';

const decidable = readCases().filter(({ class: kind }) => kind !== 'templated-url');

const report = (title: string, verdicts: readonly Verdict[]): void => {
  const classes = new Map<string, number>();
  for (const verdict of verdicts)
    classes.set(verdict.class, (classes.get(verdict.class) ?? 0) + Number(verdict.ok));
  const counts = [...classes].map(([name, right]) => `${name} ${right}`).join(', ');
  console.log(
    `ssrf corpus, ${title}: ${verdicts.filter(({ ok }) => ok).length} of ${verdicts.length} (${counts})`,
  );
};

test('every case of the corpus is decided right, judged by the connection attempts that leave the guard', async () => {
  const contacts: Contact[] = [];
  let answer = '';
  const server = await startAnswering(
    0,
    '127.0.0.1',
    () => answer,
    () => undefined,
  );
  const connect = recordingConnect(
    () => buildConnector({ timeout: 1_000, allowH2: false }),
    (server.address() as AddressInfo).port,
    (contact) => contacts.push(contact),
  );
  const verdicts: Verdict[] = [];
  for (const item of decidable) {
    answer = answerFor(item);
    verdicts.push(await judgeCase(item, contacts, connect));
  }
  server.close();
  await once(server, 'close');
  report('recorded attempts', verdicts);
  expect(verdicts.filter(({ ok }) => !ok)).toEqual([]);
}, 60_000);

test('every case of the corpus is decided right, judged by canary listeners on all addresses', ({ skip }) => {
  const script = fileURLToPath(new URL('../../../testing/ssrf-netns.ts', import.meta.url));
  const canSeparate = spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
  if (!canSeparate)
    return skipLoudly(
      skip,
      'no network namespace here: the corpus is judged by recorded connection attempts alone',
    );
  const child = spawnSync('unshare', ['-n', process.execPath, script], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  expect(child.stderr.split('\n').filter((line) => line.includes('Error'))).toEqual([]);
  const verdicts = JSON.parse(child.stdout) as Verdict[];
  report('canaries in a network namespace', verdicts);
  expect(verdicts).toHaveLength(decidable.length);
  expect(verdicts.filter(({ ok }) => !ok)).toEqual([]);
}, 120_000);

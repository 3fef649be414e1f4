// Run inside a network namespace of its own, where every address of both families is this machine: each connection
// that leaves the egress reaches a canary, whatever its address. Prints the verdicts as one JSON line.
import { execFileSync } from 'node:child_process';
import { answerFor, corpusPorts, judgeCase, readCases, startAnswering } from './ssrf-harness.ts';
import type { Contact, Verdict } from './ssrf-harness.ts';

for (const args of [
  ['link', 'set', 'lo', 'up'],
  ['route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo'],
  ['-6', 'route', 'add', 'local', '::/0', 'dev', 'lo'],
])
  execFileSync('ip', args);

const cases = readCases();
const contacts: Contact[] = [];
let answer = '';
const servers = await Promise.all(
  corpusPorts(cases).map((port) =>
    startAnswering(
      port,
      undefined,
      () => answer,
      (contact) => contacts.push({ ...contact, address: contact.address.replace(/^::ffff:/, '') }),
    ),
  ),
);
const verdicts: Verdict[] = [];
for (const item of cases.filter(({ class: kind }) => kind !== 'templated-url')) {
  answer = answerFor(item);
  verdicts.push(await judgeCase(item, contacts));
}
for (const server of servers) server.close();
process.stdout.write(`${JSON.stringify(verdicts)}\n`);

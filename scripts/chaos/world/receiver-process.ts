// The outside service, in a process of its own: it writes each request into its ledger before anything else, then behaves as
// the request asks. Arguments: the file of the ledger. It prints its port.
import { appendFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Arrival, Behaviour } from './ledgers.ts';

const ledger = process.argv[2]!;
const slowMs = 1_500;
const quickMs = 15;
/** Requests with a key that came before, by key. */
const seen = new Map<string, number>();

/** What goes wrong goes wrong at the first request with a key: later ones are answered well. */
function behave(behaviour: Behaviour, isFirst: boolean, response: ServerResponse): void {
  const answer = (status: number) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end('{"ok":true}');
  };
  if (behaviour === 'slow') setTimeout(() => answer(200), slowMs);
  else if (!isFirst || behaviour === 'normal') setTimeout(() => answer(200), quickMs);
  else if (behaviour === 'refuse') answer(500);
  else if (behaviour === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"ok":');
    setTimeout(() => response.destroy(), quickMs);
  }
  // 'hang': nothing is ever answered.
}

const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    const key = String(request.headers['idempotency-key']);
    const { runId, step, delivery, behaviour } = JSON.parse(text) as Omit<Arrival, 'key' | 'at' | 'isBad'>;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    const isBad = before === 0 && (behaviour === 'refuse' || behaviour === 'cut' || behaviour === 'hang');
    // A refused request did nothing; whoever honours keys does nothing for one that it knows.
    const arrival: Arrival = { key, runId, step, delivery, behaviour, isBad, at: Date.now() };
    appendFileSync(ledger, `${JSON.stringify(arrival)}\n`);
    behave(behaviour, before === 0, response);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

// The example of docs/api.md is played as it stands, but for the addresses in it.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startProduct } from './testing/start-product.ts';

const text = readFileSync(join(import.meta.dirname, '../docs/api.md'), 'utf8');

test('the example of docs/api.md leads from nothing to a run that succeeds', async ({ skip }) => {
  const missing = ['sh', 'curl', 'jq'].filter((name) => spawnSync(name, ['--version']).error);
  if (missing.length > 0) {
    console.log(`SKIPPED the example of docs/api.md (${missing.join(' and ')} not found)`);
    return skip();
  }
  const bodies: string[] = [];
  const receiver = createServer((request, response) => {
    request.on('data', (chunk) => bodies.push(String(chunk)));
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const product = await startProduct({ env: { EGRESS_ALLOW: host } });
  try {
    const example = /## From nothing to a run\s+```sh\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const [last = ''] = example.trim().split('\n').slice(-1);
    // The last line shows the run as it is at that moment; here it is asked again until it has ended.
    const patient = `for i in $(seq 100); do ${last} | grep -q '"succeeded"' && break; sleep 0.2; done; echo; echo ====; ${last}`;
    const script = example
      .replace(last, patient)
      .replaceAll('http://127.0.0.1:3000', product.url)
      .replaceAll('https://httpbin.org', `http://${host}`);
    const { stdout } = await promisify(execFile)('sh', ['-euc', script]);
    const run = JSON.parse(stdout.split('====')[1] ?? '') as {
      status: string;
      steps: { id: string; status: string }[];
    };
    expect(run).toMatchObject({ status: 'succeeded', steps: [{ id: 'call', status: 'succeeded' }] });
    expect(bodies).toEqual(['{"hello":"world"}']);
  } finally {
    await product.stop();
    receiver.close();
  }
}, 180_000);

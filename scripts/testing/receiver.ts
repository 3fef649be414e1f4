// The outside service of a test: remembers every call and answers with an id and a token of its own.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = {
  method: string;
  path: string;
  key: string | null;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
  at: number;
};
export type Receiver = {
  url: string;
  host: string;
  calls: Received[];
  /** Every answer waits this long, in ms. */
  setDelay(ms: number): void;
  stop(): Promise<void>;
};

/** Starts a receiver on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const calls: Received[] = [];
  let delayMs = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      let body: unknown = text;
      try {
        body = JSON.parse(text);
      } catch {
        // kept as text
      }
      const key = request.headers['idempotency-key'];
      calls.push({
        method: request.method ?? '',
        path: request.url ?? '',
        key: typeof key === 'string' ? key : null,
        headers: request.headers,
        body,
        at: Date.now(),
      });
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ id: randomUUID(), token: randomUUID(), got: body }));
      }, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    calls,
    setDelay: (ms) => void (delayMs = ms),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

// A service on loopback that records what it is asked and answers as a test says.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ReceivedRequest = { method: string; url: string; headers: IncomingHttpHeaders; body: string };
export type FakeAnswer = {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  delayMs?: number;
};

export type FakeService = {
  /** `127.0.0.1:port`, ready for EGRESS_ALLOW. */
  host: string;
  received: ReceivedRequest[];
  close: () => Promise<void>;
};

/**
 * Starts the service on a free port.
 * @param answer called for each request; a body that is no text goes as JSON
 */
export const startFakeService = async (
  answer: (request: ReceivedRequest, index: number) => FakeAnswer | Promise<FakeAnswer>,
): Promise<FakeService> => {
  const received: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', async () => {
      const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      received.push(seen);
      const given = await answer(seen, received.length - 1);
      if (given.delayMs !== undefined) await new Promise((done) => setTimeout(done, given.delayMs));
      const isText = typeof given.body === 'string';
      const headers = {
        ...(isText || given.body === undefined || given.body === null
          ? {}
          : { 'content-type': 'application/json' }),
        ...given.headers,
      };
      response.writeHead(given.status ?? 200, headers);
      response.end(
        isText
          ? given.body
          : given.body === undefined || given.body === null
            ? ''
            : JSON.stringify(given.body),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};

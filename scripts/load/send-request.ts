import http from 'node:http';
import https from 'node:https';
import type { HttpAnswer, HttpCall } from './k6/messages.ts';

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: Infinity }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: Infinity }),
};

/** Sends one request and measures it. Never rejects: without an answer the status is 0. Follows no redirect. */
export function sendRequest(call: HttpCall): Promise<HttpAnswer> {
  const begin = performance.now();
  const since = (): number => performance.now() - begin;
  return new Promise((resolve) => {
    const give = (answer: Partial<HttpAnswer>): void =>
      resolve({
        status: 0,
        headers: {},
        body: '',
        error: '',
        durationMs: since(),
        waitingMs: since(),
        ...answer,
      });
    if (!URL.canParse(call.url)) return give({ error: `not an address: ${call.url}` });
    const url = new URL(call.url);
    const library = url.protocol === 'https:' ? https : http;
    const agent = agents[url.protocol as keyof typeof agents];
    const headers = { ...call.headers, ...(call.body === null ? {} : lengthOf(call.body)) };
    const request = library.request(url, { method: call.method, headers, agent }, (response) => {
      const waitingMs = since();
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => give({ error: error.message }));
      response.on('end', () =>
        give({
          status: response.statusCode ?? 0,
          headers: readHeaders(response.headers),
          body: Buffer.concat(chunks).toString('utf8'),
          waitingMs,
        }),
      );
    });
    request.setTimeout(call.timeoutMs, () => request.destroy(new Error('request timeout')));
    request.on('error', (error) => give({ error: error.message }));
    request.end(call.body ?? undefined);
  });
}

/** Lets go of the open connections. */
export function closeConnections(): void {
  for (const agent of Object.values(agents)) agent.destroy();
}

const lengthOf = (body: string): Record<string, number> => ({ 'content-length': Buffer.byteLength(body) });

/** k6 spells header names as `Content-Type`. */
function readHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.replace(/(^|-)([a-z])/g, (letter) => letter.toUpperCase()),
      [value].flat().join(', '),
    ]),
  );
}

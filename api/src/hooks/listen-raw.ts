// The way in for hooks without the conversion to web requests and back, which costs as much as the rest of the call. It
// meets what every request meets: request id, limits, headers, count, log line, one shape of errors.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { CodedError, errorTable } from '@weftline/runner/platform/errors';
import { largestHookBody } from '@weftline/runner/triggers/take-hook';
import { countRequest } from '../health/count-requests.ts';
import { presentError } from '../middleware/handle-error.ts';
import { tooLarge } from '../middleware/read-body.ts';
import { securityHeaders } from '../middleware/security-headers.ts';
import { chooseRequestId } from '../mount-route.ts';
import type { Services } from '../services.ts';
import { answerCall, type PlainAnswer } from './answer-call.ts';

const facts = { route: '/hooks/{key}', operationId: 'takeHook' };

/** A listener of a server that takes calls of hooks itself and hands every other request on. */
export function listenRaw(services: Services, next: RequestListener): RequestListener {
  const always = securityHeaders(services.env);
  return (request, response) => {
    const address = readAddress(request.url ?? '');
    if (address === null) return void next(request, response);
    void serve(services, request, response, address, always);
  };
}

/** The key and the query of `/hooks/<key>`; null for every other address. */
function readAddress(url: string): { key: string; search: string } | null {
  const found = /^\/hooks\/([^/?#]{1,600})(\?[^#]*)?$/.exec(url);
  if (!found) return null;
  try {
    const key = decodeURIComponent(found[1]!);
    return key.length <= 200 && !key.includes('/') ? { key, search: found[2] ?? '' } : null;
  } catch {
    return null;
  }
}

async function serve(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
  { key, search }: { key: string; search: string },
  always: Record<string, string>,
): Promise<void> {
  const startedAt = performance.now();
  const method = request.method ?? 'GET';
  const requestId = chooseRequestId(request.headers['x-request-id']);
  const line: Record<string, unknown> = { requestId, ...facts, method };
  let answer: PlainAnswer;
  try {
    const rawBody = await readAll(request, largestHookBody);
    const call = { key, method, headers: joinHeaders(request.rawHeaders), search, rawBody };
    answer = await answerCall(services, requestId, call);
  } catch (thrown) {
    const { status, headers, body, error } = presentError(thrown, requestId);
    line['code'] = error.code;
    if (errorTable[error.code].status >= 500)
      services.logger.error({ err: error.cause ?? error, ...line }, error.message);
    answer = {
      status,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
      body: JSON.stringify(body),
    };
  }
  const { status, headers, body } = answer;
  const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  // A body that was not read to its end would be taken for the next request.
  const end = request.complete ? {} : { connection: 'close' };
  response.writeHead(status, { ...always, ...headers, 'x-request-id': requestId, ...length, ...end });
  response.end(body ?? undefined);
  const ms = Math.round((performance.now() - startedAt) * 10) / 10;
  countRequest(services, method, facts.route, status, ms);
  if (status >= 500) services.logger.warn({ ...line, status, ms }, 'request');
  else services.logger.info({ ...line, status, ms }, 'request');
}

/** As `readBody` reads a web request. */
async function readAll(request: IncomingMessage, most: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge(most);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // What is too much is refused with an answer, so the socket must live until it is written.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw tooLarge(most);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError({
      code: 'not_parseable',
      message: 'The body broke off before its end.',
      cause: error,
    });
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** As the web joins them: lines of one name by `, `, cookies by `; `. */
function joinHeaders(raw: readonly string[]): Record<string, string> {
  const joined = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    const former = joined.get(name);
    const value = raw[at + 1]!;
    joined.set(name, former === undefined ? value : `${former}${name === 'cookie' ? '; ' : ', '}${value}`);
  }
  return Object.fromEntries(joined);
}

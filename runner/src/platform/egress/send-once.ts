// One request on the wire and its whole answer, without redirects. Lowest level of undici, because this is the hot
// path: no streams unless a body is too large to be held, no body object, one timer.
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { CodedError } from '../errors.ts';
import type { CheckedUrl } from './check-url.ts';
import { isBodyStream } from './body-stream.ts';
import type { Body, RawHeaders } from './body-stream.ts';
import { egressError, readEgressDetails } from './egress-error.ts';
import type { Sent } from './egress-error.ts';
import { readFault } from './read-fault.ts';

/** `stream` instead of `body` where the request wants pieces; whoever gets it reads or destroys it. */
export type RawResponse = { status: number; headers: RawHeaders; body: Buffer; stream?: Readable };

export type OneRequest = {
  url: CheckedUrl;
  method: string;
  headers: Record<string, string>;
  body: Body;
  /** True when the body of this answer is handed on in pieces. */
  wantsPieces?: (answer: { status: number; headers: RawHeaders }) => boolean;
  timeoutMs: number;
  /** Until the first byte can be written; undefined: the pool's own limit. */
  connectTimeoutMs: number | undefined;
  idleTimeoutMs: number;
  maxBytes: number;
  signal: AbortSignal | undefined;
};

/**
 * Sends once. The body is what came over the wire, at most `maxBytes`.
 * @throws CodedError with details `{ sent, reason }`
 */
export const sendOnce = (pool: Dispatcher, request: OneRequest): Promise<RawResponse> =>
  new Promise((resolve, reject) => {
    const { url, signal, maxBytes } = request;
    let sent: Sent = 'no';
    let abort: ((reason: Error) => void) | undefined;
    let fault: CodedError | undefined;
    let isSettled = false;
    let status = 0;
    let headers: RawHeaders = {};
    let length = 0;
    const chunks: Buffer[] = [];
    let stream: Readable | undefined;
    const isStreamed = isBodyStream(request.body);

    let isEnded = false;
    const clearAll = (): void => {
      clearTimeout(timer);
      clearTimeout(connectTimer);
      signal?.removeEventListener('abort', cancel);
    };
    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      clearAll();
      return true;
    };
    /** What a body that we send in pieces could not be read for is no fault of the service. */
    const readOwn = (error: Error): CodedError | undefined =>
      isStreamed && error instanceof CodedError && readEgressDetails(error) === undefined
        ? egressError(error.code, 'closed', sent, error.message, error)
        : undefined;
    const stop = (error: CodedError): void => {
      fault = error;
      if (settle()) reject(error);
      stream?.destroy(error);
      abort?.(error);
    };
    const cancel = (): void => stop(egressError('cancelled', 'cancelled', sent, 'The call was cancelled.'));
    const timer = setTimeout(() => {
      stop(
        egressError(
          'step_timeout',
          'timeout',
          sent,
          `"${url.shownHost}" did not answer within ${request.timeoutMs} ms.`,
        ),
      );
    }, request.timeoutMs);

    const connectTimer =
      request.connectTimeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            stop(
              egressError(
                'remote_unreachable',
                'connect_timeout',
                'no',
                `"${url.shownHost}" could not be connected to within ${request.connectTimeoutMs} ms.`,
              ),
            );
          }, request.connectTimeoutMs);

    if (signal?.aborted === true) return cancel();
    signal?.addEventListener('abort', cancel, { once: true });

    pool.dispatch(
      {
        origin: url.origin,
        path: url.path,
        method: request.method as Dispatcher.HttpMethod,
        headers: isBodyStream(request.body)
          ? { ...request.headers, 'content-length': String(request.body.length) }
          : request.headers,
        body: isBodyStream(request.body) ? Readable.from(request.body.open()) : request.body,
        headersTimeout: request.timeoutMs,
        bodyTimeout: request.idleTimeoutMs,
      },
      {
        onRequestStart(controller) {
          // Called right before the first byte is written; aborting here writes nothing.
          abort = (reason) => controller.abort(reason);
          clearTimeout(connectTimer);
          if (fault === undefined) sent = 'unknown';
          else controller.abort(fault);
        },
        onResponseStart(controller, statusCode, responseHeaders) {
          if (statusCode < 200) return;
          status = statusCode;
          headers = responseHeaders;
          if (request.wantsPieces?.({ status, headers }) === true) {
            stream = new Readable({
              highWaterMark: 256 * 1024,
              read: () => controller.resume(),
              destroy(error, callback) {
                clearAll();
                if (!isEnded) controller.abort(error ?? new Error('the body was not read to its end'));
                callback(error);
              },
            });
            // Without a reader an error would end the process.
            stream.on('error', () => undefined);
            isSettled = true;
            resolve({ status, headers, body: Buffer.alloc(0), stream });
            return;
          }
          if (Number(responseHeaders['content-length']) > maxBytes && request.method !== 'HEAD')
            stop(
              egressError(
                'too_large',
                'size',
                'answered',
                `The answer of "${url.shownHost}" is larger than ${maxBytes} bytes.`,
              ),
            );
        },
        onResponseData(controller, chunk) {
          if (stream !== undefined) {
            if (!stream.push(chunk)) controller.pause();
            return;
          }
          length += chunk.length;
          if (length > maxBytes)
            stop(
              egressError(
                'too_large',
                'size',
                'answered',
                `The answer of "${url.shownHost}" is larger than ${maxBytes} bytes.`,
              ),
            );
          else chunks.push(chunk);
        },
        onResponseEnd() {
          isEnded = true;
          if (stream !== undefined) {
            stream.push(null);
            return;
          }
          if (!settle()) return;
          resolve({
            status,
            headers,
            body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length),
          });
        },
        onResponseError(_controller, error) {
          const told = fault ?? readOwn(error) ?? readFault(error, url.shownHost, sent);
          if (settle()) reject(told);
          stream?.destroy(told);
        },
      },
    );
  });

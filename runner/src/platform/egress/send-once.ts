// One request on the wire and its whole answer, without redirects. Lowest level of undici, because this is the hot
// path: no streams, no body object, one timer.
import type { Dispatcher } from 'undici';
import type { CodedError } from '../errors.ts';
import type { CheckedUrl } from './check-url.ts';
import { egressError } from './egress-error.ts';
import type { Sent } from './egress-error.ts';
import { readFault } from './read-fault.ts';

export type RawHeaders = Record<string, string | string[] | undefined>;
export type RawResponse = { status: number; headers: RawHeaders; body: Buffer };

export type OneRequest = {
  url: CheckedUrl;
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
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

    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      clearTimeout(timer);
      clearTimeout(connectTimer);
      signal?.removeEventListener('abort', cancel);
      return true;
    };
    const stop = (error: CodedError): void => {
      fault = error;
      if (settle()) reject(error);
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
        headers: request.headers,
        body: request.body,
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
        onResponseStart(_controller, statusCode, responseHeaders) {
          if (statusCode < 200) return;
          status = statusCode;
          headers = responseHeaders;
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
        onResponseData(_controller, chunk) {
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
          if (!settle()) return;
          resolve({
            status,
            headers,
            body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length),
          });
        },
        onResponseError(_controller, error) {
          if (settle()) reject(fault ?? readFault(error, url.shownHost, sent));
        },
      },
    );
  });

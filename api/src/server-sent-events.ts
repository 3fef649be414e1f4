// Streams of events for browsers: an id each, so that a reader who lost the line goes on where it was.
import { setTimeout as pause } from 'node:timers/promises';

export type StreamEvent = { event: string; id?: string | number; data: unknown };
export type Send = (event: StreamEvent) => void;

const heartbeatMs = 15_000;
/** A reader who takes nothing for this much is let go; it may come back with Last-Event-ID. */
const mostWaitingBytes = 4 * 1024 * 1024;

/**
 * Answers with a stream. `produce` sends events until it returns or `signal` says that nobody listens any more.
 * Input: the request, whose end ends the stream.
 */
export function streamEvents(
  request: Request,
  produce: (send: Send, signal: AbortSignal) => Promise<void>,
): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, request.signal]);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string): void => {
          if (signal.aborted) return;
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) < -mostWaitingBytes) gone.abort();
        };
        const beat = setInterval(() => write(': heartbeat\n\n'), heartbeatMs);
        write('retry: 1000\n\n');
        void produce(({ event, id, data }) => {
          const head = id === undefined ? '' : `id: ${id}\n`;
          write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        }, signal)
          .catch((error: unknown) => {
            // The reader comes again by itself; what went wrong shows at its next request.
            if (!signal.aborted) gone.abort(error);
          })
          .finally(() => {
            clearInterval(beat);
            gone.abort();
            try {
              controller.close();
            } catch {
              // Closed by the reader already.
            }
          });
      },
      cancel: () => gone.abort(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(body, {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}

/** Waits; false when nobody listens any more. */
export async function keepWaiting(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await pause(milliseconds, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

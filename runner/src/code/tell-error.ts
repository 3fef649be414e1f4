// An error from inside the sandbox as words for its author, with the place in the author's own source.
import type { CodeFault } from './messages.ts';

/** What came out of the sandbox: none of it is to be believed, all of it is text. */
export type ThrownInside = { name?: unknown; message?: unknown; stack?: unknown } | string | null | undefined;

export type ToldError = { fault: CodeFault; message: string; line: number | null; column: number | null };

const absent = new Set(
  'fetch XMLHttpRequest WebSocket require process module exports Buffer setTimeout setInterval setImmediate queueMicrotask window document navigator crypto WebAssembly Atomics SharedArrayBuffer Intl URL TextEncoder TextDecoder structuredClone performance global'.split(
    ' ',
  ),
);

/** Long enough for every stack and message that helps; a bomb is cut. */
const mostLength = 4_000;
const asText = (value: unknown): string => (typeof value === 'string' ? value.slice(0, mostLength) : '');

/** The first place in the author's source that a stack names. The wrapper adds one line before it. */
function placeIn(stack: string, source: string): { line: number | null; column: number | null } {
  const found = /code\.js:(\d{1,7})(?::(\d{1,7}))?/.exec(stack);
  if (!found) return { line: null, column: null };
  const lines = source.split('\n');
  const line = Number(found[1]) - 1;
  // What ends too late is noticed behind the last line.
  if (line > lines.length) return { line: lines.length, column: lines.at(-1)!.length + 1 };
  return { line: Math.max(1, line), column: found[2] === undefined ? null : Number(found[2]) };
}

/** Inputs: the error as it was dumped, and the author's source. Never throws. */
export function tellError(thrown: ThrownInside, source: string): ToldError {
  const isObject = typeof thrown === 'object' && thrown !== null;
  const name = isObject ? asText(thrown.name) : '';
  const message = isObject ? asText(thrown.message) : asText(thrown);
  const place = placeIn(isObject ? asText(thrown.stack) : '', source);
  if (name === 'InternalError' && message === 'out of memory')
    return { ...place, fault: 'memory', message: 'The code used more memory than it may.' };
  if ((name === 'InternalError' || name === 'RangeError') && message.includes('stack overflow'))
    return { ...place, fault: 'thrown', message: 'The code calls itself too deep.' };
  const missing = /^'?([A-Za-z]+)'? is not defined$/.exec(message)?.[1];
  const hint =
    (missing && absent.has(missing)) || message.startsWith('could not load module')
      ? '. A code step has no network, no files, no timers and no modules: only JavaScript itself'
      : '';
  const said = `${name && name !== 'undefined' ? `${name}: ` : ''}${message}${hint}`;
  return { ...place, fault: 'thrown', message: said === '' ? 'The code threw nothing.' : said };
}

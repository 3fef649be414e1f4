// What the parent and a child say to each other over two pipes: each message is four bytes of length and JSON in UTF-8.
// No imports: the child may read the files of this folder and the packages of its engine, nothing else.

export type CodeJob =
  | { kind: 'run'; source: string; /** JSON text. */ input: string; timeoutMs: number }
  /** Reads the source without running it. */
  | { kind: 'check'; source: string };

/** Why code gave no value. `thrown`: it said so itself. `output`: what it returned is not JSON, or too much. */
export type CodeFault = 'syntax' | 'thrown' | 'output' | 'input' | 'time' | 'memory' | 'depth';

export type CodeReply = {
  logs: string[];
  /** The child has been at one of its limits and is not to be used again. */
  isSpent: boolean;
  tookMs: number;
} & (
  | { ok: true; /** JSON text; null for a check. */ output: string | null }
  | { ok: false; fault: CodeFault; message: string; line: number | null; column: number | null }
);

/** Sent once, before anything else: the child has loaded its engine. */
export const readyMark = 'ready';

/** One message as bytes. */
export function frame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/**
 * Puts messages together from pieces. `onMessage` gets each one parsed.
 * The function throws on a message over `mostBytes` and on one that is not JSON.
 */
export function messageReader(mostBytes: number, onMessage: (message: unknown) => void) {
  let pieces: Buffer[] = [];
  let held = 0;
  return (piece: Buffer): void => {
    pieces.push(piece);
    held += piece.length;
    while (held >= 4) {
      const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      pieces = [all];
      const length = all.readUInt32BE(0);
      if (length > mostBytes) throw new RangeError(`a message of ${length} bytes`);
      if (held < 4 + length) return;
      pieces = [all.subarray(4 + length)];
      held -= 4 + length;
      onMessage(JSON.parse(all.toString('utf8', 4, 4 + length)));
    }
  };
}

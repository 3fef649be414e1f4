// The process that runs authors' code: no network, no files but its own, no environment. One job at a time, over standard input and output.
import dgram from 'node:dgram';
import net from 'node:net';
import { codeLimits } from './code-limits.ts';
import { type CodeJob, frame, messageReader, readyMark } from './messages.ts';
import { createSandbox } from './run-in-quickjs.ts';

// The parent says where the engine lies, so that nothing needs to be looked for.
const answer = createSandbox(process.argv[2] ?? '');
const { stdin, stdout } = process;
const end = process.exit.bind(process);

/**
 * A second wall: Node's permissions keep files, processes, workers and add-ons shut, and where the system allows it the
 * process stands in a network of its own with nothing in it. What is left is taken away here.
 */
function closeDoors(): void {
  const shut = (): never => {
    throw new Error('There is no way out of here.');
  };
  net.Socket.prototype.connect = shut;
  net.Server.prototype.listen = shut;
  dgram.Socket.prototype.bind = shut;
  dgram.Socket.prototype.send = shut;
  Object.assign(process, { kill: shut, binding: shut, dlopen: shut, getBuiltinModule: shut });
  for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'])
    Reflect.deleteProperty(globalThis, name);
}

let busy = Promise.resolve();
const read = messageReader(codeLimits.messageBytes, (message) => {
  busy = busy.then(async () => {
    const reply = await answer(message as CodeJob).catch(() => end(70));
    stdout.write(frame(reply));
  });
});
stdin.on('data', (piece: Buffer) => {
  try {
    read(piece);
  } catch {
    end(71);
  }
});
// The parent has gone: nobody is left to work for.
stdin.on('end', () => end(0));
stdout.on('error', () => end(0));
closeDoors();
// The first execution compiles: it is done before anybody waits for one.
await answer({ kind: 'run', source: 'return input;', input: '[]', timeoutMs: 5_000 });
stdout.write(frame(readyMark));

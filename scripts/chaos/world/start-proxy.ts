// A road between the product and its PostgreSQL that can be made slow or closed.
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export type Proxy = {
  port: number;
  /** Every piece that passes, in both directions, is held back so long. */
  delay(ms: number): void;
  /** Closed: every connection breaks and none is taken. */
  close(isClosed: boolean): void;
  remove(): void;
};

/** Listens on a free port of this machine and passes everything on to another. */
export async function startProxy(target: number): Promise<Proxy> {
  let delayMs = 0;
  let isClosed = false;
  const pairs = new Set<Socket>();

  function pass(from: Socket, to: Socket): void {
    // Pieces of one direction stay in their order: each waits for its own instant, and instants only grow.
    let last = 0;
    from.on('data', (piece: Buffer) => {
      if (delayMs === 0 && last <= performance.now()) return void to.write(piece);
      last = Math.max(last, performance.now() + delayMs);
      setTimeout(() => to.writable && to.write(piece), last - performance.now());
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
  }

  const server = createServer({ noDelay: true }, (inner) => {
    if (isClosed) return void inner.destroy();
    const outer = connect({ port: target, host: '127.0.0.1', noDelay: true });
    for (const socket of [inner, outer]) {
      pairs.add(socket);
      socket.once('close', () => pairs.delete(socket));
    }
    pass(inner, outer);
    pass(outer, inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of pairs) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    delay: (ms) => void (delayMs = ms),
    close(closed) {
      isClosed = closed;
      if (closed) cut();
    },
    remove() {
      server.close();
      cut();
    },
  };
}

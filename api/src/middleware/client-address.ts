// The address of the caller, as the socket says. Headers that a caller can write are not believed.
import type { Context as HonoContext } from 'hono';

type NodeBindings = { incoming?: { socket?: { remoteAddress?: string } } };

/** An IP address, or `local` where there is no socket (tests). */
export function clientAddress(c: HonoContext): string {
  return (c.env as NodeBindings | undefined)?.incoming?.socket?.remoteAddress ?? 'local';
}

/** True when the call came over the loopback interface, or without a socket. */
export function isLoopback(address: string): boolean {
  return address === 'local' || address === '::1' || /^(::ffff:)?127\./.test(address);
}

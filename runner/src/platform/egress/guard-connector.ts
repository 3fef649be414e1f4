// The check at the socket. It runs for every new connection, also for IP literals (which never reach a `lookup`), and
// looks at the address that was really reached before anything is written.
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { isAddress, isPublicAddress } from './classify-address.ts';
import { egressError } from './egress-error.ts';
import type { ResolveHost } from './resolve-host.ts';

export type Connect = buildConnector.connector;

export type GuardOptions = {
  connectTimeoutMs: number;
  resolve: ResolveHost;
  /** Addresses of our own services, refused although they may be public. */
  deniedAddresses: ReadonlySet<string>;
  /** Builds the connector underneath; undici's own unless a test records the attempts. */
  buildConnect?: () => Connect;
};

const defaultConnect = (timeout: number): Connect => buildConnector({ timeout, allowH2: false });

/** The connector for host:port pairs of the operator's list: no classification, the system resolves. */
export const openConnector = (options: GuardOptions): Connect =>
  options.buildConnect?.() ?? defaultConnect(options.connectTimeoutMs);

/**
 * A connector that resolves a name itself, refuses it if any answer is not public, pins one answer and classifies the
 * address of the socket again. TLS still verifies the name.
 */
export const guardConnector = (options: GuardOptions): Connect => {
  const connect = openConnector(options);
  const mayReach = (address: string): boolean =>
    isPublicAddress(address) && !options.deniedAddresses.has(address);

  const pick = async (host: string): Promise<string> => {
    const blocked = () =>
      egressError(
        'blocked_address',
        'address',
        'no',
        `"${host}" may not be called: it does not lead to a public address.`,
      );
    if (isAddress(host)) {
      if (!mayReach(host)) throw blocked();
      return host;
    }
    const addresses = await options.resolve(host).catch((cause: unknown) => {
      throw egressError(
        'remote_unreachable',
        'dns',
        'no',
        `The name "${host}" could not be looked up.`,
        cause,
      );
    });
    if (addresses.length === 0)
      throw egressError('remote_unreachable', 'dns', 'no', `The name "${host}" does not exist.`);
    if (!addresses.every(mayReach)) throw blocked();
    // IPv4 first: without it, hosts with a broken IPv6 route would fail.
    return addresses.find((address) => !address.includes(':')) ?? addresses[0] ?? host;
  };

  return (request, callback) => {
    const host = request.hostname.replace(/^\[|\]$/g, '');
    const open = (address: string): void => {
      const check = (socket: Socket): Error | null =>
        socket.remoteAddress !== undefined && mayReach(socket.remoteAddress)
          ? null
          : egressError(
              'blocked_address',
              'address',
              'no',
              `"${host}" may not be called: it does not lead to a public address.`,
            );
      const socket = connect({ ...request, hostname: address }, (error, opened) => {
        if (error !== null) return callback(error, null);
        const fault = check(opened);
        if (fault === null) return callback(null, opened);
        opened.destroy();
        callback(fault, null);
      }) as unknown as Socket | undefined;
      // Before a TLS handshake says anything to the wrong machine.
      socket?.once?.('connect', () => {
        const fault = check(socket);
        if (fault !== null) socket.destroy(fault);
      });
    };
    pick(host)
      .then(open)
      .catch((error: Error) => callback(error, null));
  };
};

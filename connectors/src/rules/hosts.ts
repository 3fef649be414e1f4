/** Hosts that a connector may name, and those that nobody may. */
import type { Connector } from '../types.ts';
import { readAddress } from './read-address.ts';

/** Link-local and metadata addresses are never a service's API, whatever an operator allows. */
const never = [
  /^169\.254\./,
  /^0\./,
  /^(22[4-9]|2[3-5]\d)\./,
  /^100\.100\.100\.200$/,
  /^192\.0\.0\.192$/,
  /^\[fe[89ab][0-9a-f]:/,
  /^\[ff/,
  /^\[fd00:ec2:/,
  /^\[::ffff:a9fe:/,
  /^\[::\]$/,
  /(^|\.)metadata\.google\.internal\.?$/,
];

/** True for addresses that no connector may name. Private and loopback addresses are the egress guard's to judge. */
export function isForbiddenHost(hostname: string): boolean {
  return never.some((pattern) => pattern.test(hostname.toLowerCase()));
}

/** True for this machine itself, where a test server may stand. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname.startsWith('127.') ||
    hostname === '[::1]'
  );
}

/** Hosts that can be read off `baseUrl` and `servers`, and whether any of them is known only with a connection. */
export function ownHosts(connector: Connector): { hosts: string[]; hasTemplated: boolean } {
  const addresses = [connector.baseUrl ?? '', ...Object.values(connector.servers ?? {})]
    .filter((url) => url !== '')
    .map(readAddress);
  return {
    hosts: addresses.flatMap((address) => (address.kind === 'fixed' ? [address.host] : [])),
    hasTemplated: addresses.some(({ kind }) => kind === 'templated' || kind === 'free'),
  };
}

/** Does an entry of `allowedHosts` (`a.example`, `*.example`, `*`, with `:port` if need be) allow a host? */
export function allowsHost(entry: string, host: string): boolean {
  const wanted = entry.toLowerCase();
  const given = host.toLowerCase();
  if (wanted === '*' || wanted === given) return true;
  return wanted.startsWith('*.') && given.endsWith(wanted.slice(1)) && given.length > wanted.length - 1;
}

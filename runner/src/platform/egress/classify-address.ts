// Decides whether an IP address may be called at all. Written as our own tables, because net.BlockList does not see
// through ::a.b.c.d, 64:ff9b::/96, 2002::/16 and ::ffff:0:a.b.c.d.
import ipaddr from 'ipaddr.js';

/** First address and prefix length of IPv4 space that is not the public internet (IANA special-purpose registry). */
const privateV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // a cloud's virtual host address: public by number, internal by use
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Parts of 2000::/3 that embed IPv4, are documentation or protocol assignments. */
const privateV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const toNumberV4 = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

const rangesV4 = privateV4.map(([first, bits]) => {
  const start = toNumberV4(first);
  return [start, start + 2 ** (32 - bits) - 1] as const;
});

const rangesV6 = privateV6.map(([first, bits]) => [ipaddr.IPv6.parse(first).parts, bits] as const);

const isInRangeV6 = (parts: readonly number[], first: readonly number[], bits: number): boolean =>
  parts.every((part, index) => {
    const covered = Math.min(16, Math.max(0, bits - index * 16));
    const shift = 16 - covered;
    return part >> shift === (first[index] ?? 0) >> shift;
  });

const isPublicV4 = (address: string): boolean => {
  const number = toNumberV4(address);
  return !rangesV4.some(([first, last]) => number >= first && number <= last);
};

const isPublicV6 = (parts: readonly number[]): boolean =>
  ((parts[0] ?? 0) & 0xe000) === 0x2000 && !rangesV6.some(([first, bits]) => isInRangeV6(parts, first, bits));

/** True if `text` is an IPv4 or IPv6 address in ordinary notation (no brackets, no zone). */
export const isAddress = (text: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text));

/**
 * True if the address belongs to the public internet. Everything else is refused: private, loopback, link-local,
 * multicast, reserved, IPv6 forms that carry an IPv4 address inside, zones, and text that is no address.
 */
export const isPublicAddress = (text: string): boolean => {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return isPublicV4(text);
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return false;
  return isPublicV6(ipaddr.IPv6.parse(text).parts);
};

/** Percent-encoding of RFC 3986 as signatures want it: everything but letters, digits and `-._~`. */
export const encodeStrictly = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Name and value pairs of a query or form, decoded. A `+` is a blank, as services read it. */
export const readPairs = (text: string): [string, string][] => [...new URLSearchParams(text)];

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Pairs encoded and put in order, by name and then by value, joined as a query. */
export const sortPairs = (pairs: readonly (readonly [string, string])[]): string =>
  pairs
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

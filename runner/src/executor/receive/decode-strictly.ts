// Texts that stand for bytes. Node's decoders skip what they do not know, so that two texts could mean one signature.

/** The bytes, or undefined when the text is anything but exactly that encoding. Padding of base64 may be left out. */
export function decodeStrictly(text: string, encoding: 'hex' | 'base64' | 'base64url'): Buffer | undefined {
  if (encoding === 'hex') return /^(?:[0-9a-fA-F]{2})+$/.test(text) ? Buffer.from(text, 'hex') : undefined;
  const bytes = Buffer.from(text, encoding);
  const bare = text.replace(/={1,2}$/, '');
  const isExact = bytes.toString(encoding).replace(/=+$/, '') === bare;
  const isPadded = text === bare || text.length % 4 === 0;
  return bytes.length > 0 && isExact && isPadded ? bytes : undefined;
}

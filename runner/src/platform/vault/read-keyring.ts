// The keys that wrap every tenant's data key.
import { createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CodedError } from '../errors.ts';

export type Keyring = { active: string; keys: ReadonlyMap<string, KeyObject> };

const kidPattern = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Reads `kid:hex,kid:hex`; the first key is the active one. One bare key of 64 hex characters is taken as kid `k1`.
 * @throws CodedError `invalid_input` saying what is wrong, never showing a key
 */
export const readKeyring = (text: string): Keyring => {
  const keys = new Map<string, KeyObject>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [kid, hex] = entry.includes(':') ? entry.split(':', 2) : ['k1', entry];
    const fault = (what: string) =>
      new CodedError({ code: 'invalid_input', message: `ENCRYPTION_KEYS: ${what}` });
    if (kid === undefined || !kidPattern.test(kid))
      throw fault('a key has no name in front, as in k1:<64 hex characters>.');
    if (hex === undefined || !/^[0-9a-fA-F]{64}$/.test(hex))
      throw fault(`key "${kid}" is not 64 hex characters.`);
    if (keys.has(kid)) throw fault(`key "${kid}" stands there twice.`);
    keys.set(kid, createSecretKey(Buffer.from(hex, 'hex')));
  }
  return { active: keys.keys().next().value ?? '', keys };
};

// Random secrets that we hand out once and keep only as a hash. 256 bits need no slow hash: they cannot be guessed.
import { createHash, randomBytes } from 'node:crypto';

const apiKeyForm = /^wf_[A-Za-z0-9_-]{43}$/;

/** SHA-256 of a token: what the database keeps. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** 43 characters from 32 random bytes. */
export const makeToken = (): string => randomBytes(32).toString('base64url');

/** A new API key; `wf_` lets people and scanners recognise it. */
export const makeApiKey = (): string => `wf_${makeToken()}`;

export const looksLikeApiKey = (text: string): boolean => apiKeyForm.test(text);

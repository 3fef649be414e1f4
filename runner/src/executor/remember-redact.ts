// Redactors are costly to make and the same for every call of a connection, so they are kept for half a minute. Not
// longer: each holds the secrets it looks for.
import { createRedact } from './redact.ts';
import type { Redact } from './redact.ts';

const keepMs = 30_000;
const most = 200;

const kept = new Map<string, Redact>();
let clearing: NodeJS.Timeout | undefined;

/** The redactor for these secrets; a kept one when they were asked for within the last half minute. */
export const rememberRedact = (secrets: readonly string[]): Redact => {
  if (secrets.length === 0) return createRedact([]);
  const key = JSON.stringify(secrets);
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= most) kept.clear();
  const redact = createRedact(secrets);
  kept.set(key, redact);
  clearing ??= setTimeout(() => {
    kept.clear();
    clearing = undefined;
  }, keepMs).unref();
  return redact;
};

/**
 * A text without any secret that a call of this process used within the last half minute; for log lines.
 * @returns the same text when nothing was found
 */
export const redactRecent = (text: string): string => {
  let clean = text;
  for (const redact of kept.values()) clean = redact.text(clean);
  return clean;
};

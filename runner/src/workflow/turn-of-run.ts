// Which runs of a workflow wait for one another: those whose key, read from what triggered them, is the same. Pure.
import { createHash } from 'node:crypto';
import { evaluateValue } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import { cleanText } from './request-approval.ts';
import type { WorkflowDefinition } from './types.ts';

/** Runs with the same key go `limit` at a time. */
export type Turn = { key: string; limit: number };

/** Characters of a key as it is kept and shown. */
export const longestKey = 200;

/** A long key keeps its begin, so that a person knows it again, and ends in a hash of the whole. */
function shorten(key: string): string {
  if (key.length <= longestKey) return key;
  const hash = createHash('sha256').update(key).digest('hex');
  return `${cleanText(key, longestKey - hash.length - 1)}…${hash}`.toWellFormed();
}

/**
 * The key of a run with this trigger output; text and other values that read the same are the same key. Null: the workflow
 * sets no limit, or the key is null: such a run waits for nobody. Throws ExpressionError when the key names what is not there.
 */
export function turnOfRun(definition: WorkflowDefinition, triggerOutput: Json): Turn | null {
  const concurrency = definition.settings?.concurrency;
  if (!concurrency) return null;
  const value = evaluateValue(concurrency.key, { trigger: { output: triggerOutput } }, { missing: 'fail' });
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const clean = cleanText(text, text.length);
  return { key: shorten(clean), limit: concurrency.limit ?? 1 };
}

import { RE2JS } from 're2js';
import type { Budget } from './budget.ts';
import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';

const cache = new Map<string, RE2JS>();
const cacheEntries = 200;

/**
 * Compiles a pattern on a linear-time engine (RE2 syntax: no back references, no look-around).
 * @throws ExpressionError bad_value
 */
export function compilePattern(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known) return known;
  if (pattern.length > limits.patternCharacters) {
    throw new ExpressionError(
      'expression_limit',
      `A pattern may have ${limits.patternCharacters} characters.`,
    );
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new ExpressionError(
      'bad_value',
      `The pattern cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (cache.size >= cacheEntries) cache.clear();
  cache.set(pattern, compiled);
  return compiled;
}

/** Matcher over a text of bounded length. */
export function matcherOf(pattern: string, text: string, budget: Budget): ReturnType<RE2JS['matcher']> {
  if (text.length > limits.patternInput) {
    throw new ExpressionError(
      'expression_limit',
      `A pattern may be used on ${limits.patternInput} characters of text.`,
    );
  }
  budget.spend(10 + (text.length >> 3) + pattern.length);
  return compilePattern(pattern).matcher(text);
}

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
  if (patternSize(pattern) > limits.patternSize) {
    throw new ExpressionError(
      'expression_limit',
      'The pattern repeats too much: use smaller numbers in { }.',
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
  const compiled = compilePattern(pattern);
  // Linear in the text, but each character may visit every part of the pattern; eight visits are one unit of work.
  budget.spend(10 + ((text.length * compiled.programSize()) >> 3));
  return compiled.matcher(text);
}

/** How many parts a pattern has once its `{n,m}` are written out; an estimate made before compiling, which costs as much. */
function patternSize(pattern: string): number {
  const sizes = [0];
  let last = 0;
  for (const [token] of pattern.matchAll(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|[^]/gu)) {
    const repeat = /^\{(\d*),?(\d*)\}$/.exec(token);
    if (token === '(') {
      sizes.push(0);
      last = 0;
    } else if (token === ')') {
      last = sizes.length > 1 ? sizes.pop()! : 0;
      sizes[sizes.length - 1]! += last;
    } else if (repeat) {
      const times = Math.max(Number(repeat[1]), Number(repeat[2]), 1);
      sizes[sizes.length - 1]! += last * (times - 1);
      last *= times;
    } else {
      last = 1;
      sizes[sizes.length - 1]! += 1;
    }
  }
  return sizes.reduce((total, size) => total + size, 0);
}

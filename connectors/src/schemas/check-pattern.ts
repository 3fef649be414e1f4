/** Patterns of authors run on a linear-time engine only; what it cannot run is refused when saved. */
import { RE2JS } from 're2js';
import { problem, quote, type Problem } from '../problem.ts';
import { schemaLimits } from './keywords.ts';

/** A large counted repeat would be written out by the engine, so compiled programs are bounded as well. */
const programLimit = 5000;

const compiled = new Map<string, RE2JS>();

/** Problems of one pattern: too long, a syntax error, or something that needs backtracking. */
export function checkPattern(pattern: string, path: string): Problem[] {
  if (pattern.length > schemaLimits.patternCharacters) {
    return [problem(path, 'too_large', `A pattern may have ${schemaLimits.patternCharacters} characters.`)];
  }
  try {
    if (compilePattern(pattern).programSize() > programLimit) {
      return [
        problem(path, 'too_large', `The pattern ${quote(pattern)} repeats too much; use smaller counts.`),
      ];
    }
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      problem(
        path,
        'bad_pattern',
        `The pattern ${quote(pattern)} cannot be used: ${why.slice(0, 200)}. Look-ahead, look-behind and back-references are not available.`,
      ),
    ];
  }
}

/**
 * Compiles for the linear-time engine.
 * @throws when the pattern is no RE2 pattern
 */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const regex = RE2JS.compile(pattern);
  if (compiled.size >= 500) compiled.clear();
  compiled.set(pattern, regex);
  return regex;
}

/** True when the text holds the pattern somewhere, as JSON Schema means it. */
export function matchesPattern(pattern: string, text: string): boolean {
  return compilePattern(pattern).matcher(text).find();
}

/** Patterns of authors run on a linear-time engine only; what it cannot run is refused when saved. */
import { RE2JS } from 're2js';
import { problem, quote, type Problem } from '../problem.ts';
import { schemaLimits } from './keywords.ts';

/** A large counted repeat would be written out by the engine, so compiled programs are bounded as well. */
const programLimit = 5000;

const compiled = new Map<string, RE2JS>();

/** Compiling is dear: all patterns of one document together may make programs of this size. */
const documentProgramLimit = 500_000;

/** What the patterns of one document have cost so far; the same pattern is looked at once. */
export type PatternBudget = { size: number; seen: Set<string> };

export function makePatternBudget(): PatternBudget {
  return { size: 0, seen: new Set() };
}

/** As checkPattern, within the budget of a document: past it nothing more is compiled. */
export function checkPatternOnce(pattern: string, path: string, budget: PatternBudget): Problem[] {
  if (budget.seen.has(pattern)) return [];
  if (budget.size > documentProgramLimit)
    return [
      problem(
        path,
        'too_large',
        'The patterns of this document are too large together; use fewer or smaller counts.',
      ),
    ];
  const found = checkPattern(pattern, path);
  if (found.length > 0) {
    // What was refused has been compiled as well, to find out.
    budget.size += programLimit;
    return found;
  }
  budget.seen.add(pattern);
  budget.size += compilePattern(pattern).programSize();
  return [];
}

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

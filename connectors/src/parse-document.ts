/** Reads the text of a connector: strict JSON and nothing else, bounded before it is parsed. */
import { documentLimits } from './measure-value.ts';
import { problem, type Problem } from './problem.ts';

/**
 * @param text the file or request body
 * @returns the parsed document (not yet validated), or the problem that the text has
 */
export function parseDocument(text: string): { document: unknown } | { problem: Problem } {
  if (text.length > documentLimits.bytes) {
    return {
      problem: problem(
        '',
        'too_large',
        `A connector may have ${documentLimits.bytes} characters; this text has ${text.length}.`,
      ),
    };
  }
  try {
    return { document: JSON.parse(text) as unknown };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: problem('', 'not_parseable', `This is no JSON: ${why.slice(0, 200)}`) };
  }
}

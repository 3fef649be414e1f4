import { isJsonObject, type Json } from '../json.ts';
import { checkTemplate, type CheckOptions } from './check-template.ts';
import { escapePointer } from './evaluate-value.ts';
import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';
import { isTemplate, parseTemplate } from './parse-template.ts';
import type { Problem } from './problem.ts';

const mostProblems = 100;

/**
 * Parses and checks every text with `{{ … }}` in a JSON tree; member names may hold none.
 * @param path JSON pointer of `value` in its document, put before every problem's path
 */
export function checkValue(value: Json, options: CheckOptions, path: string): Problem[] {
  const problems: Problem[] = [];
  const walk = (current: Json, pointer: string, depth: number): void => {
    if (problems.length >= mostProblems) return;
    if (depth > limits.depth) {
      problems.push({
        path: pointer,
        code: 'expression_limit',
        message: `A value may be nested ${limits.depth} deep.`,
      });
    } else if (typeof current === 'string') {
      problems.push(...checkText(current, options).map((problem) => ({ ...problem, path: pointer })));
    } else if (Array.isArray(current)) {
      current.forEach((item, index) => walk(item, `${pointer}/${index}`, depth + 1));
    } else if (isJsonObject(current)) {
      for (const [name, member] of Object.entries(current)) {
        const place = `${pointer}/${escapePointer(name)}`;
        if (isTemplate(name))
          problems.push({
            path: place,
            code: 'invalid_expression',
            message: 'Names of members and headers are never templates: write the name itself.',
          });
        walk(member, place, depth + 1);
      }
    }
  };
  walk(value, path, 0);
  return problems;
}

/** Parses and checks one text; a text that cannot be parsed is one problem with the parser's code and sentence. */
export function checkText(text: string, options: CheckOptions): Problem[] {
  if (!isTemplate(text)) return [];
  try {
    return checkTemplate(parseTemplate(text), options);
  } catch (error) {
    if (error instanceof ExpressionError) return [{ path: '', code: error.code, message: error.message }];
    throw error;
  }
}

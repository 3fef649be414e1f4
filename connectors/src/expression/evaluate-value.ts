import { isJsonObject, type Json } from '../json.ts';
import { Budget, measure } from './budget.ts';
import { evaluateTemplate, type MissingMode, type Scope } from './evaluate-template.ts';
import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';
import { isTemplate, parseTemplate } from './parse-template.ts';

/**
 * Fills every text with `{{ … }}` in a JSON tree. Member names are never templates. In 'drop' mode members and list
 * items whose template does not resolve are left out; in 'fail' mode they throw, with `path` naming the template's path.
 * @param whole pays for the work of the whole tree; several trees may share one
 * @returns the filled tree (new; the input is not changed), or undefined when the whole value is dropped
 * @throws ExpressionError; its message starts with the JSON pointer of the text at fault
 */
export function evaluateValue(
  value: Json,
  scope: Scope,
  mode: MissingMode,
  whole: Budget = new Budget(limits.treeFuel),
): Json | undefined {
  let room: number = limits.treeBytes;
  const walk = (current: Json, pointer: string, depth: number): Json | undefined => {
    if (depth > limits.depth)
      throw new ExpressionError('expression_limit', `A value may be nested ${limits.depth} deep.`);
    if (typeof current === 'string') {
      if (!isTemplate(current)) return current;
      return located(pointer, () => {
        const filled = evaluateTemplate(parseTemplate(current), scope, mode, new Budget(limits.fuel, whole));
        if (filled !== undefined) room -= measure(filled, room);
        return filled;
      });
    }
    if (Array.isArray(current)) {
      return current
        .map((item, index) => walk(item, `${pointer}/${index}`, depth + 1))
        .filter((item) => item !== undefined);
    }
    if (!isJsonObject(current)) return current;
    const members = Object.entries(current).map(
      ([name, member]) => [name, walk(member, `${pointer}/${escapePointer(name)}`, depth + 1)] as const,
    );
    // fromEntries defines members, so a member named __proto__ stays a plain member.
    return Object.fromEntries(
      members.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined),
    );
  };
  return walk(value, '', 0);
}

/** One segment of a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function located<T>(pointer: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExpressionError) || pointer === '') throw error;
    const where = {
      ...(error.path === undefined ? {} : { path: error.path }),
      ...(error.position === undefined ? {} : { position: error.position }),
    };
    throw new ExpressionError(error.code, `${pointer}: ${error.message}`, where);
  }
}

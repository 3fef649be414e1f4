// What a trigger asks for, with the workspace's named values filled in: nothing else exists before a run. Pure.
import {
  checkValue,
  evaluateTemplate,
  ExpressionError,
  isTemplate,
  parseTemplate,
} from '@weftline/connectors/expression';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import { pointer, quote, type Problem } from '@weftline/connectors/problem';
import { encodeInput } from '@weftline/connectors/schemas/encode-input';
import { fillDefaults } from '@weftline/connectors/schemas/fill-defaults';
import type { JsonSchema } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';

type Values = { [name: string]: Json };

/** True when it cannot be known without the workspace's named values. */
export function readsVariables(input: Json): boolean {
  if (typeof input === 'string') return isTemplate(input);
  return input !== null && typeof input === 'object' && Object.values(input).some(readsVariables);
}

/** Expressions that can never be filled, with their places below `path`. */
export const checkTriggerExpressions = (input: Values, path: string): Problem[] =>
  checkValue(input, { roots: ['vars'] }, path).map((problem) =>
    problem.code === 'unknown_root'
      ? {
          ...problem,
          message: `${problem.message}. A trigger comes first: it can read \`vars\`, the workspace’s named values, and nothing else.`,
        }
      : problem,
  );

function explain(error: ExpressionError, vars: Values): string {
  const name = /^vars\.([A-Za-z_]\w*)/.exec(error.path ?? '')?.[1];
  return error.code === 'unresolved_path' && name !== undefined && !Object.hasOwn(vars, name)
    ? `The workspace has no variable ${quote(name)}: set it, correct the name, or give a default, as in {{vars.${name} ?? 'none'}}.`
    : error.message;
}

export type ResolvedInput = { ok: true; input: Values } | { ok: false; problems: Problem[] };

/** Fills every text. Paths of problems are those in the input. */
export function resolveTriggerInput(input: Values, vars: Values): ResolvedInput {
  const problems: Problem[] = [];
  const fill = (value: Json, path: string): Json => {
    if (typeof value === 'string') {
      if (!isTemplate(value)) return value;
      try {
        return evaluateTemplate(parseTemplate(value), { vars }, { missing: 'fail' }) ?? null;
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        problems.push({ path, code: error.code, message: explain(error, vars) });
        return null;
      }
    }
    if (Array.isArray(value)) return value.map((item, index) => fill(item, pointer(path, index)));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, fill(member, pointer(path, name))]),
    );
  };
  const filled = fill(input, '') as Values;
  return problems.length > 0 ? { ok: false, problems } : { ok: true, input: filled };
}

/**
 * The input as the service is asked with it: named values and defaults filled in, and right for the trigger.
 * @param schema of the trigger's input
 */
export function completeTriggerInput(schema: JsonSchema, written: Values, vars: Values): ResolvedInput {
  const resolved = resolveTriggerInput(written, vars);
  if (!resolved.ok) return resolved;
  const input = fillDefaults(schema, resolved.input) as Values;
  const faults = validateValue(schema, input);
  // A text that is no date is told where it is typed, not by the first poll.
  const unfit = faults.length > 0 ? faults : encodeInput(schema, input).problems;
  const problems = unfit.map((problem) =>
    problem.code === 'missing_key'
      ? { ...problem, code: 'required', message: `Fill in "${problem.path.split('/').at(-1)}".` }
      : problem,
  );
  return problems.length > 0 ? { ok: false, problems } : { ok: true, input };
}

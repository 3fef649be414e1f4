import { isJsonObject, type Json } from '../json.ts';
import type { Budget } from './budget.ts';
import { nameType } from './compare-values.ts';
import { isForbiddenName } from './convert-node.ts';
import { limits } from './limits.ts';
import { Missing } from './missing.ts';
import { printExpression, printParts } from './print-expression.ts';
import type { Expression, PathPart } from './syntax.ts';

/** A path link with its computed key already worked out. */
export type ResolvedPart = Exclude<PathPart, { kind: 'computed' }>;

/** Follows a path through a value, reading own members only. A miss says where the path ended and why. */
export function readPath(
  value: Json,
  parts: readonly ResolvedPart[],
  base: Expression,
  budget: Budget,
  from = 0,
): Json | Missing {
  let current = value;
  for (let index = from; index < parts.length; index += 1) {
    budget.spend(1);
    const part = parts[index] as ResolvedPart;
    if (part.kind === 'each') return readEach(current, parts, base, budget, index);
    const next = readPart(current, part);
    if (next === undefined) return missing(current, parts, base, index);
    current = next;
  }
  return current;
}

function readPart(value: Json, part: ResolvedPart): Json | undefined {
  if (Array.isArray(value))
    return part.kind === 'index' ? value[part.index < 0 ? value.length + part.index : part.index] : undefined;
  if (!isJsonObject(value) || part.kind === 'each') return undefined;
  const name = part.kind === 'index' ? String(part.index) : part.name;
  return !isForbiddenName(name) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function readEach(
  value: Json,
  parts: readonly ResolvedPart[],
  base: Expression,
  budget: Budget,
  at: number,
): Json | Missing {
  if (!Array.isArray(value)) return missing(value, parts, base, at);
  budget.allowItems(value.length);
  const again = parts.slice(at + 1).some((part) => part.kind === 'each');
  const found: Json[] = [];
  for (const [index, item] of value.entries()) {
    const here = parts.with(at, { kind: 'index', index });
    const result = readPath(item, here, base, budget, at + 1);
    if (result instanceof Missing) return result;
    if (again && Array.isArray(result)) {
      budget.spend(result.length);
      if (found.length + result.length > limits.items) budget.allowItems(found.length + result.length);
      for (const inner of result) found.push(inner);
    } else found.push(result);
  }
  return found;
}

function missing(value: Json, parts: readonly ResolvedPart[], base: Expression, at: number): Missing {
  const start = printExpression(base);
  const reached = start + printParts(parts.slice(0, at));
  const part = parts[at] as ResolvedPart;
  const wanted =
    part.kind === 'name' ? `\`${part.name}\`` : part.kind === 'index' ? `item ${part.index}` : 'items';
  const isList = Array.isArray(value);
  let reason = `\`${reached}\` is ${nameType(value)} and has no ${wanted}`;
  if (isJsonObject(value) && part.kind !== 'each') reason = `\`${reached}\` has no ${wanted}`;
  if (isList && part.kind === 'index') reason = `\`${reached}\` has ${value.length} items`;
  if (isList && part.kind === 'name') {
    const hint = part.name === 'length' ? `length(${reached})` : `${reached}[0] or ${reached}[*]`;
    reason = `\`${reached}\` is a list: write ${hint}`;
  }
  return new Missing(start + printParts(parts), reason);
}

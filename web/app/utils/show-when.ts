/** Which inputs are shown: `x-showWhen` is a condition over what is filled in. Pure. */
import { evaluateCondition, listPaths, parseTemplate } from '@weftline/connectors/expression';
import type { Fields, Json, Schema } from '../types/api.ts';
import { hasHole } from './preview-value.ts';
import { listFields } from './schema-form.ts';
import { placeOf, valueAt } from './source-input.ts';

/** True when the condition holds, and when it cannot be judged because it reads data that a run will bring. */
export function isShown(schema: Schema, input: Fields): boolean {
  const condition = schema['x-showWhen'];
  if (typeof condition !== 'string') return true;
  try {
    const template = parseTemplate(condition.trim());
    const isOpen = listPaths(template).some(({ path }) => hasHole(valueAt(input, placeOf(path))));
    return isOpen || evaluateCondition(template, { input }, { missing: 'drop' });
  } catch {
    return true;
  }
}

/** What is filled in, with the defaults of what is not: a condition reads what the form shows. */
export function inputWithDefaults(schema: Schema | null, input: Fields, root: Schema = schema ?? {}): Fields {
  const filled = { ...input };
  for (const { key, kind, schema: member } of listFields(schema ?? undefined, root)) {
    const value = filled[key];
    if (value === undefined && member.default !== undefined) filled[key] = member.default as Json;
    else if (kind === 'object' && (value === undefined || isObject(value)))
      filled[key] = inputWithDefaults(member, isObject(value) ? value : {}, root);
  }
  return filled;
}

/** A change that hides inputs takes their values away, so that nothing is sent unseen. */
export function withoutHidden(schema: Schema, before: Fields, after: Fields): Fields {
  const [old, now] = [inputWithDefaults(schema, before), inputWithDefaults(schema, after)];
  const clean = (object: Schema, values: Fields): Fields => {
    const kept = { ...values };
    for (const { key, kind, schema: member } of listFields(object, schema)) {
      if (kept[key] === undefined) continue;
      if (isShown(member, old) && !isShown(member, now)) delete kept[key];
      else if (kind === 'object' && isObject(kept[key])) kept[key] = clean(member, kept[key]);
    }
    return kept;
  };
  return clean(schema, after);
}

function isObject(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

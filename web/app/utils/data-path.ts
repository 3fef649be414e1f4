/** Paths of the expression language, written and read for pills and the data picker. */
import type { Json } from '../types/api.ts';

export type Segment = string | number;
const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Writes a path: `['trigger','output','body','x-y',0]` becomes `trigger.output.body['x-y'][0]`. */
export function writePath(segments: readonly Segment[]): string {
  return segments
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (plainName.test(segment)) return index === 0 ? segment : `.${segment}`;
      return `['${segment.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`;
    })
    .join('');
}

export type DataRow = {
  path: string;
  label: string;
  depth: number;
  kind: 'object' | 'list' | 'text' | 'number' | 'boolean' | 'empty';
  preview: string;
  value: Json;
};

/** A sample as rows for the picker, depth first. Long lists show their first item only, deep trees stop. */
export function listRows(sample: Json, start: readonly Segment[], limit = 400): DataRow[] {
  const rows: DataRow[] = [];
  const walk = (value: Json, path: Segment[], label: string, depth: number): void => {
    if (rows.length >= limit) return;
    rows.push({ path: writePath(path), label, depth, kind: kindOf(value), preview: shorten(value), value });
    if (depth >= 8 || value === null || typeof value !== 'object') return;
    if (Array.isArray(value)) {
      if (value.length > 0) walk(value[0]!, [...path, 0], '0', depth + 1);
      return;
    }
    for (const [name, member] of Object.entries(value)) walk(member, [...path, name], name, depth + 1);
  };
  walk(sample, [...start], String(start.at(-1) ?? ''), 0);
  return rows;
}

export function kindOf(value: Json): DataRow['kind'] {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'object';
  return typeof value === 'string' ? 'text' : (typeof value as 'number' | 'boolean');
}

/** One line that shows a value. */
export function shorten(value: Json | undefined, most = 60): string {
  if (value === undefined) return '';
  if (Array.isArray(value) && value.length > 0 && typeof value[0] === 'object')
    return value.length === 1 ? '1 item' : `${value.length} items`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

export type PillLook = { root: 'trigger' | 'step' | 'formula' | 'other'; stepId?: string; text: string };

/** How a hole looks as a pill: a plain path names its root and the last parts; everything else is a formula. */
export function pillLook(source: string): PillLook {
  const text = source.trim();
  const plain =
    /^(trigger|run|vars|item|index|steps\.([A-Za-z][A-Za-z0-9_]*))((?:\.[A-Za-z_][A-Za-z0-9_]*|\[\d+\]|\['[^']*'\])*)$/.exec(
      text,
    );
  if (!plain) return { root: 'formula', text };
  const rest = (plain[3] ?? '').replace(/^\.output(?=$|[.[])/, '').replace(/^\./, '');
  if (plain[2]) return { root: 'step', stepId: plain[2], text: rest };
  return plain[1] === 'trigger' ? { root: 'trigger', text: rest } : { root: 'other', text };
}

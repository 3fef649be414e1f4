/** What a source of choices or fields reads of a form, and what a person must fill in before it can be asked. Pure. */
import { listValuePaths } from '@weftline/connectors/expression';
import type { FieldSource, OptionSource } from '@weftline/connectors/types';
import type { Fields, Json, Schema } from '../types/api.ts';
import { hasHole, previewValue, type PreviewScope } from './preview-value.ts';
import { humanize, listFields, type Field } from './schema-form.ts';

export type Source = OptionSource | FieldSource;
/** `data`: it is taken from earlier steps that have no sample, so its value is not known here. */
export type MissingInput = { label: string; why: 'empty' | 'data' };
export type SourceInput = { input: Fields; missing: MissingInput[] };

/** True when the service itself searches; otherwise its whole list is searched here. */
export function asksWithSearch(source: OptionSource): boolean {
  const asked = { request: source.request, pagination: source.pagination ?? {} };
  return listValuePaths(asked as unknown as Json).some(({ root }) => root === 'search');
}

/** The names of a path up to the first list on its way. */
export function placeOf(path: readonly (string | number)[]): string[] {
  const end = path.findIndex((part) => typeof part === 'number' || part === '*');
  return (end === -1 ? path : path.slice(0, end)).map(String);
}

/** Places of the input that a source reads; through a list the whole list. */
function placesOf(source: Source): string[][] {
  const read = listValuePaths(source as unknown as Json)
    .filter(({ root, path }) => root === 'input' && path.length > 0)
    .map(({ path }) => placeOf(path));
  return [...(source.dependsOn ?? []).map((name) => name.split('.')), ...read];
}

/**
 * The members that a source reads, and nothing else of the form: pills are filled from the samples of earlier steps.
 * What is empty has its default.
 */
export function readSourceInput(
  source: Source,
  schema: Schema | null,
  values: Fields,
  scope: PreviewScope,
): SourceInput {
  const input: Fields = {};
  const missing: MissingInput[] = [];
  const needed = new Set(source.dependsOn ?? []);
  for (const place of placesOf(source)) {
    const field = findField(schema, place);
    const raw = valueAt(values, place) ?? field?.schema.default;
    const value = known(raw, scope);
    if (value !== undefined && value !== null && value !== '') put(input, place, value);
    else if (needed.delete(place.join('.')))
      missing.push({
        label: field?.label ?? humanize(place.at(-1) ?? ''),
        why: hasHole(raw) ? 'data' : 'empty',
      });
  }
  return { input, missing };
}

function known(raw: Json | undefined, scope: PreviewScope): Json | undefined {
  if (raw === undefined || !hasHole(raw)) return raw;
  const preview = previewValue(raw, scope);
  return preview.kind === 'value' ? preview.value : undefined;
}

/** Places whose fields are kept although the form has none there. */
export function lostFields(schema: Schema, kept: { [place: string]: Schema }): string[] {
  return Object.keys(kept).filter(
    (place) => findField(schema, place.split('.'))?.schema['x-fieldsFrom'] === undefined,
  );
}

export function valueAt(values: Json | undefined, place: readonly string[]): Json | undefined {
  return place.reduce<Json | undefined>(
    (at, name) =>
      at && typeof at === 'object' && !Array.isArray(at) && Object.hasOwn(at, name) ? at[name] : undefined,
    values,
  );
}

function findField(schema: Schema | null, place: readonly string[]): Field | undefined {
  let at: Schema | undefined = schema ?? undefined;
  let field: Field | undefined;
  for (const name of place) {
    field = listFields(at, schema ?? {}).find((one) => one.key === name);
    at = field?.schema;
  }
  return field;
}

function put(input: Fields, place: readonly string[], value: Json): void {
  const [name, ...rest] = place;
  if (name === undefined) return;
  if (rest.length === 0) {
    input[name] = value;
    return;
  }
  const inner = input[name];
  const next: Fields = inner && typeof inner === 'object' && !Array.isArray(inner) ? { ...inner } : {};
  put(next, rest, value);
  input[name] = next;
}

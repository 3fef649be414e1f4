/** Which fields a JSON Schema asks for, and which control each of them gets. Pure; the components only draw. */
import type { Json, Schema } from '../types/api.ts';

export type FieldKind =
  | 'text'
  | 'multiline'
  | 'secret'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'options'
  | 'optionsList'
  | 'fields'
  | 'file'
  | 'list'
  | 'rows'
  | 'map'
  | 'object'
  | 'json';
export type Field = {
  key: string;
  label: string;
  help: string;
  example: string;
  required: boolean;
  advanced: boolean;
  /** Heading it stands under with others; empty: none. */
  group: string;
  kind: FieldKind;
  schema: Schema;
  choices: { value: Json; label: string }[];
};

/** The fields of an object schema, in the order its author gave. Hidden and read-only members are left out. */
export function listFields(schema: Schema | undefined, root: Schema = schema ?? {}): Field[] {
  const object = resolve(schema, root);
  const required = new Set((object.required as string[] | undefined) ?? []);
  return Object.entries((object.properties as Record<string, Schema> | undefined) ?? {})
    .map(([key, raw], index) => ({ key, member: withItems(resolve(raw, root), root), index }))
    .filter(({ member }) => member['x-hidden'] !== true && member.readOnly !== true)
    .sort((a, b) => order(a.member, a.index) - order(b.member, b.index))
    .map(({ key, member }) => toField(key, member, required.has(key)));
}

export type Section = { key: string; kind: 'main' | 'group' | 'advanced'; title: string; fields: Field[] };

/** Fields without a heading, then those under each heading, then those that are rarely needed; none of them empty. */
export function listSections(fields: readonly Field[]): Section[] {
  const sections: Section[] = [{ key: 'main', kind: 'main', title: '', fields: [] }];
  const advanced: Section = { key: 'advanced', kind: 'advanced', title: '', fields: [] };
  for (const field of fields) {
    const key = field.advanced ? 'advanced' : field.group === '' ? 'main' : `group:${field.group}`;
    let section = key === 'advanced' ? advanced : sections.find((one) => one.key === key);
    if (!section) sections.push((section = { key, kind: 'group', title: field.group, fields: [] }));
    section.fields.push(field);
  }
  return [...sections, advanced].filter((section) => section.fields.length > 0);
}

/** The entries of a list decide on its control, so a reference there is followed as well. */
function withItems(schema: Schema, root: Schema): Schema {
  const items = schema.items as Schema | undefined;
  return typeof items?.$ref === 'string' ? { ...schema, items: resolve(items, root) } : schema;
}

function order(schema: Schema, index: number): number {
  return typeof schema['x-order'] === 'number' ? schema['x-order'] : 1000 + index;
}

function toField(key: string, schema: Schema, required: boolean): Field {
  const examples = (schema.examples as Json[] | undefined) ?? [];
  const placeholder = schema['x-placeholder'] ?? schema.default ?? examples[0] ?? '';
  return {
    key,
    label: String(schema['x-label'] ?? schema.title ?? humanize(key)),
    help: String(schema['x-help'] ?? schema.description ?? ''),
    example: typeof placeholder === 'object' ? '' : String(placeholder),
    required,
    advanced: schema['x-advanced'] === true,
    group: typeof schema['x-group'] === 'string' ? schema['x-group'] : '',
    kind: fieldKind(schema),
    schema,
    choices: choicesOf(schema),
  };
}

/** The control for a schema; what no control fits is edited as JSON, never left out. */
export function fieldKind(schema: Schema): FieldKind {
  const types = typesOf(schema);
  if (schema['x-secret'] === true || schema.writeOnly === true || schema.format === 'password')
    return 'secret';
  if (schema['x-file'] === true || takesFiles(schema)) return 'file';
  if (typeof schema['x-fieldsFrom'] === 'string') return 'fields';
  if (optionSourceOf(schema) !== undefined) return types.includes('array') ? 'optionsList' : 'options';
  if (choicesOf(schema).length > 0) return 'choice';
  if (types.length !== 1) return 'json';
  if (types[0] === 'string') return schema['x-multiline'] === true ? 'multiline' : 'text';
  if (types[0] === 'number' || types[0] === 'integer') return 'number';
  if (types[0] === 'boolean') return 'boolean';
  if (types[0] === 'array') return itemsAreTexts(schema) ? 'list' : itemsAreObjects(schema) ? 'rows' : 'json';
  if (types[0] === 'object') {
    if (schema.properties && Object.keys(schema.properties).length > 0) return 'object';
    return isMapOfTexts(schema) ? 'map' : 'json';
  }
  return 'json';
}

/** True for a list of files. */
export function takesFiles(schema: Schema): boolean {
  return typesOf(schema).includes('array') && (schema.items as Schema | undefined)?.['x-file'] === true;
}

/** Name of the source that the choices of an input, or of the entries of a list, come from. */
export function optionSourceOf(schema: Schema): string | undefined {
  const items = typesOf(schema).includes('array') ? (schema.items as Schema | undefined) : undefined;
  const name = schema['x-optionsFrom'] ?? items?.['x-optionsFrom'];
  return typeof name === 'string' ? name : undefined;
}

function choicesOf(schema: Schema): { value: Json; label: string }[] {
  if (Array.isArray(schema.enum))
    return (schema.enum as Json[]).map((value) => ({ value, label: String(value) }));
  const variants = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined;
  if (!variants?.length || !variants.every((variant) => 'const' in variant)) return [];
  return variants.map((variant) => ({
    value: variant.const as Json,
    label: String(variant.title ?? variant.const),
  }));
}

function typesOf(schema: Schema): string[] {
  const types = Array.isArray(schema.type)
    ? (schema.type as string[])
    : schema.type
      ? [String(schema.type)]
      : [];
  return types.filter((type) => type !== 'null');
}

function itemsAreTexts(schema: Schema): boolean {
  const items = schema.items as Schema | undefined;
  return (
    !!items && typesOf(items).length === 1 && ['string', 'number', 'integer'].includes(typesOf(items)[0]!)
  );
}

function itemsAreObjects(schema: Schema): boolean {
  const items = (schema.items ?? {}) as Schema;
  return typesOf(items).join() === 'object' && Object.keys((items.properties ?? {}) as Schema).length > 0;
}

/** Longer lists are edited as JSON: nobody fills in a hundred small forms. */
const mostRows = 30;

/** True for a list that can be shown as rows: what is no object, or comes from data as a whole, is edited as JSON. */
export function fitsRows(value: Json | undefined): boolean {
  if (value === undefined) return true;
  const isRow = (row: Json) => typeof row === 'object' && row !== null && !Array.isArray(row);
  return Array.isArray(value) && value.length <= mostRows && value.every(isRow);
}

function isMapOfTexts(schema: Schema): boolean {
  const members = schema.additionalProperties as Schema | boolean | undefined;
  if (members === true) return true;
  if (!members || typeof members !== 'object') return false;
  const types = typesOf(members);
  return (
    types.length > 0 &&
    types.every((type) => ['string', 'number', 'integer', 'boolean', 'array'].includes(type)) &&
    types.includes('string')
  );
}

function resolve(schema: Schema | undefined, root: Schema): Schema {
  let current: Schema = typeof schema === 'object' && schema !== null ? schema : {};
  for (let hops = 0; typeof current.$ref === 'string' && hops < 10; hops += 1) {
    const { $ref, ...beside } = current;
    const target = String($ref)
      .replace(/^#\/?/, '')
      .split('/')
      .filter(Boolean)
      .reduce<unknown>(
        (at, name) => (at as Schema | undefined)?.[name.replaceAll('~1', '/').replaceAll('~0', '~')],
        root,
      );
    current = { ...(target as Schema | undefined), ...beside };
  }
  return current;
}

/** "clientId" as "Client id", "vhost" as "Vhost". */
export function humanize(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a new step starts with: the defaults that the schema names for its required members. */
export function initialInput(schema: Schema): { [key: string]: Json } {
  const start = listFields(schema)
    .filter((field) => field.required && field.schema.default !== undefined)
    .map((field) => [field.key, field.schema.default as Json] as const);
  return Object.fromEntries(start);
}

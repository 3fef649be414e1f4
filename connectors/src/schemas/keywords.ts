/** The subset of JSON Schema 2020-12 that connectors may use, and what each keyword must hold. */

import { encodings, isDateForm } from './encode-input.ts';

export const schemaLimits = {
  depth: 32,
  /** Of one schema; what it names is counted for itself. */
  nodes: 10_000,
  enumEntries: 5000,
  /** How often one value may be looked at, with every reference followed. */
  expanded: 10_000,
  /** How many schemas in a row may look at one value, each named by the one before. */
  expandedDepth: 400,
  patternCharacters: 1000,
};

export const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** Keywords that hold one schema, and whether it looks at a part of the value (true) or at the same value again. */
export const schemaKeywords: { [keyword: string]: boolean } = {
  items: true,
  contains: true,
  additionalProperties: true,
  unevaluatedItems: true,
  unevaluatedProperties: true,
  propertyNames: true,
  not: false,
  if: false,
  then: false,
  else: false,
};

/** Keywords that hold a list of schemas. */
export const schemaListKeywords: { [keyword: string]: boolean } = {
  prefixItems: true,
  allOf: false,
  anyOf: false,
  oneOf: false,
};

/** Keywords that hold schemas by name. */
export const schemaMapKeywords: { [keyword: string]: boolean } = {
  properties: true,
  patternProperties: true,
  $defs: true,
  dependentSchemas: false,
};

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isNumber: Check = (value) => typeof value === 'number';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isList: Check = (value) => Array.isArray(value);
const isTextList: Check = (value) =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length;
const isAny: Check = () => true;
const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
const isType: Check = (value) =>
  Array.isArray(value)
    ? value.length > 0 &&
      new Set(value).size === value.length &&
      value.every((entry) => types.has(entry as string))
    : types.has(value as string);
function oneOf(...allowed: string[]): Check {
  return (value) => allowed.includes(value as string);
}
const isTextListMap: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every(isTextList);

const xmlName = /^[A-Za-z_][\w.-]{0,199}$/;
const xmlWords: { [word: string]: Check } = {
  name: (value) => typeof value === 'string' && xmlName.test(value.replace(':', '_')),
  prefix: (value) => typeof value === 'string' && (value === '' || xmlName.test(value)),
  namespace: isText,
  attribute: isFlag,
  wrapped: isFlag,
};
const isXml: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([word, said]) => Object.hasOwn(xmlWords, word) && xmlWords[word]!(said));

/** All other keywords: a check, and how to say what it wants. */
export const plainKeywords: { [keyword: string]: [Check, string] } = {
  $ref: [isText, 'a text such as "#/$defs/address"'],
  $schema: [(value) => value === dialect, `"${dialect}", or be left out`],
  $comment: [isText, 'a text'],
  type: [isType, 'one of string, number, integer, boolean, object, array, null, or a list of these'],
  enum: [(value) => Array.isArray(value) && value.length > 0, 'a list with at least one value'],
  const: [isAny, 'any value'],
  default: [isAny, 'any value'],
  examples: [isList, 'a list'],
  required: [isTextList, 'a list of different names'],
  dependentRequired: [isTextListMap, 'an object of lists of names'],
  pattern: [isText, 'a text'],
  format: [isText, 'a text'],
  contentEncoding: [isText, 'a text'],
  contentMediaType: [isText, 'a text'],
  minLength: [isCount, 'a whole number from 0'],
  maxLength: [isCount, 'a whole number from 0'],
  minItems: [isCount, 'a whole number from 0'],
  maxItems: [isCount, 'a whole number from 0'],
  minContains: [isCount, 'a whole number from 0'],
  maxContains: [isCount, 'a whole number from 0'],
  minProperties: [isCount, 'a whole number from 0'],
  maxProperties: [isCount, 'a whole number from 0'],
  minimum: [isNumber, 'a number'],
  maximum: [isNumber, 'a number'],
  exclusiveMinimum: [isNumber, 'a number (older drafts wrote true here)'],
  exclusiveMaximum: [isNumber, 'a number (older drafts wrote true here)'],
  multipleOf: [(value) => typeof value === 'number' && value > 0, 'a number above 0'],
  uniqueItems: [isFlag, 'true or false'],
  title: [isText, 'a text'],
  description: [isText, 'a text'],
  deprecated: [isFlag, 'true or false'],
  readOnly: [isFlag, 'true or false'],
  writeOnly: [isFlag, 'true or false'],
  'x-secret': [isFlag, 'true or false'],
  'x-level': [(value) => value === 'app' || value === 'connection', '"app" or "connection"'],
  'x-label': [isText, 'a text'],
  'x-help': [isText, 'a text'],
  'x-placeholder': [isText, 'a text'],
  'x-group': [isText, 'a text'],
  'x-order': [isNumber, 'a number'],
  'x-hidden': [isFlag, 'true or false'],
  'x-advanced': [isFlag, 'true or false'],
  'x-multiline': [isFlag, 'true or false'],
  'x-optionsFrom': [isText, 'the name of an option source'],
  'x-fieldsFrom': [isText, 'the name of a field source'],
  'x-showWhen': [isText, 'a condition such as "{{input.kind == \'other\'}}"'],
  'x-file': [isFlag, 'true or false'],
  'x-arrayStyle': [
    oneOf('repeat', 'brackets', 'indexed', 'csv', 'space', 'pipe', 'tab', 'json'),
    'one of repeat, brackets, indexed, csv, space, pipe, tab, json',
  ],
  'x-objectStyle': [
    oneOf('brackets', 'dots', 'json', 'flat', 'csv', 'space', 'pipe'),
    'one of brackets, dots, json, flat, csv, space, pipe',
  ],
  'x-pathStyle': [oneOf('simple', 'label', 'matrix'), 'one of simple, label, matrix'],
  'x-explode': [isFlag, 'true or false'],
  'x-allowReserved': [isFlag, 'true or false'],
  'x-contentType': [
    (value) =>
      typeof value === 'string' && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/.test(value),
    'a content type such as "application/json"',
  ],
  'x-filename': [
    (value) =>
      typeof value === 'string' && value.length > 0 && value.length <= 200 && !/[\p{Cc}/\\]/u.test(value),
    'a file name without slashes',
  ],
  'x-required': [isFlag, 'true or false'],
  'x-encode': [oneOf(...Object.keys(encodings)), `one of ${Object.keys(encodings).join(', ')}`],
  'x-dateFormat': [
    isDateForm,
    'epochSeconds, epochMilliseconds, date, date-time, or a pattern of formatDate such as "dd.MM.yyyy"',
  ],
  'x-xml': [
    isXml,
    'an object of "name", "prefix", "namespace" (texts), "attribute" and "wrapped" (true or false)',
  ],
};

/** Formats that are checked; others, `regex` among them, are refused. */
export const formats = [
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'uuid',
  'json-pointer',
  'byte',
  'int32',
  'int64',
  'float',
  'double',
  'password',
] as const;

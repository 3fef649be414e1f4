// Validates values by the service's own schemas, with ajv over the document as it is.
import { fromConnectors, type Foreign } from './libraries.ts';

type Tree = { [name: string]: Foreign };
export type Verdict = { ok: true } | { ok: false; why: string } | { ok: null; why: string };

/** A part that no validator can be made of is not judged. */
const beyondAjv = /Maximum call stack|stack size/;

/**
 * @returns a function that validates a value by the schema at a pointer, or by one that stands alone
 */
export async function makeVendorValidator(
  document: Tree,
): Promise<(pointer: string | null, schema: unknown, value: unknown) => Verdict> {
  const version = String(document['openapi'] ?? document['swagger'] ?? '');
  const isNew = /^3\.[1-9]/.test(version);
  const { Ajv2020 } = await fromConnectors<Foreign>('ajv/dist/2020.js');
  const { Ajv } = await fromConnectors<Foreign>('ajv');
  const addFormats = (await fromConnectors<Foreign>('ajv-formats')).default;
  const exists = (reference: string): boolean => {
    let at: Foreign = document;
    for (const key of reference.split('/').slice(1))
      at = at?.[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')];
    return reference.startsWith('#') && at !== undefined;
  };
  const copy = prepare(document, isNew, exists) as Tree;
  const compiled = new Map<unknown, (value: unknown) => Verdict>();

  const makeAjv = () => {
    const ajv = new (isNew ? Ajv2020 : Ajv)({
      strict: false,
      validateSchema: false,
      logger: false,
      inlineRefs: false,
      allErrors: false,
      unicodeRegExp: false,
      code: { regExp: Object.assign(lenientPattern, { code: 'lenientPattern' }) },
    });
    (addFormats.default ?? addFormats)(ajv);
    ajv.addSchema(copy, 'vendor');
    return ajv;
  };
  let ajv = makeAjv();
  let made = 0;

  const compile = (pointer: string | null, schema: unknown): ((value: unknown) => Verdict) => {
    try {
      made += 1;
      if (made % 300 === 0) ajv = makeAjv();
      const own =
        pointer === null
          ? rooted(prepare(schema, isNew, exists))
          : { $ref: `vendor#${encodeURI(pointer).replaceAll('#', '%23').replaceAll('?', '%3F')}` };
      const validate = ajv.compile(own);
      return (value) => {
        try {
          if (validate(value)) return { ok: true };
        } catch (error) {
          // A schema that names itself again before it goes into the value never ends.
          return { ok: null, why: String((error as Error).message).slice(0, 160) };
        }
        const [error] = validate.errors ?? [];
        return {
          ok: false,
          why: `${error?.instancePath} ${error?.message} ${JSON.stringify(error?.params)}`.slice(0, 200),
        };
      };
    } catch (error) {
      const why = String((error as Error).message).slice(0, 160);
      if (beyondAjv.test(why)) ajv = makeAjv();
      return () => ({ ok: null, why });
    }
  };

  return (pointer, schema, value) => {
    const key = pointer ?? schema;
    let check = compiled.get(key);
    if (!check) compiled.set(key, (check = compile(pointer, schema)));
    return check(value);
  };
}

const words = new Set(['example', 'examples', '$schema', '$id', 'id', 'discriminator', 'xml']);
const maps = new Set([
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'schemas',
  'paths',
  'dependentSchemas',
]);

/** Schemas that stand alone point into the document all the same. */
function rooted(schema: Foreign): Foreign {
  if (Array.isArray(schema)) return schema.map(rooted);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' && value.startsWith('#') ? `vendor${value}` : rooted(value),
    ]),
  );
}

function lenientPattern(pattern: string, flags: string): { test(text: string): boolean } {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return { test: () => true };
  }
}

/**
 * A copy in the words of ajv. What OpenAPI says of schemas beyond JSON Schema is applied here: `nullable`, exclusive
 * limits that are flags, references that stand alone up to 3.0, and that what is only read need not be sent.
 */
export function prepare(
  given: unknown,
  isNew: boolean,
  exists: (reference: string) => boolean,
  isMap = false,
): unknown {
  if (Array.isArray(given)) return given.map((entry) => prepare(entry, isNew, exists));
  if (typeof given !== 'object' || given === null) return given;
  const value = given as Tree;
  if (typeof value['$ref'] === 'string') {
    // What is not there says nothing.
    if (!exists(value['$ref'])) return {};
    if (!isNew) return { $ref: value['$ref'] };
  }
  const out: Tree = {};
  for (const [key, member] of Object.entries(value)) {
    // Examples may hold anything, such as an `$id` that ajv would take for its own.
    if (!isMap && words.has(key)) continue;
    const isPlain = !isMap && ['enum', 'const', 'default'].includes(key);
    out[key] = isPlain ? member : prepare(member, isNew, exists, !isMap && maps.has(key));
  }
  if (isMap) return out;
  if (typeof out['required'] === 'boolean') delete out['required'];
  const properties = out['properties'];
  if (Array.isArray(out['required']) && typeof properties === 'object' && properties !== null)
    out['required'] = out['required'].filter((name: string) => properties[name]?.readOnly !== true);
  // Asked for and not allowed: nothing could ever fit, so it is taken not to be asked for.
  if (Array.isArray(out['required']) && out['additionalProperties'] === false && !out['patternProperties'])
    out['required'] = out['required'].filter((name: string) => Object.hasOwn(properties ?? {}, name));
  if (out['nullable'] === true && typeof out['type'] === 'string') out['type'] = [out['type'], 'null'];
  if (typeof out['nullable'] === 'boolean') delete out['nullable'];
  if (out['type'] === 'file') delete out['type'];
  // Numbers that are to be texts: nothing could ever fit, so texts are taken to be meant.
  if (
    out['type'] === 'string' &&
    Array.isArray(out['enum']) &&
    out['enum'].every((one: unknown) => typeof one === 'number')
  )
    out['enum'] = out['enum'].map(String);
  for (const [limit, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (out[exclusive] === true) {
      out[exclusive] = out[limit];
      delete out[limit];
    } else if (out[exclusive] === false) delete out[exclusive];
  }
  return out;
}

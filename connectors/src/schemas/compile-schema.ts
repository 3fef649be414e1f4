/**
 * Turns schemas into validators with ajv. A reference is compiled when a value first needs it, once for everything that
 * names it: an imported API has actions whose schemas reach hundreds of others, in circles, and ajv would compile all
 * of them for each action, nested as deep as the references go.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { DataValidateFunction, DataValidationCxt } from 'ajv/dist/types/index.js';
import addFormats from 'ajv-formats';
import type { Json } from '../json.ts';
import type { JsonSchema } from '../types.ts';
import { compilePattern } from './check-pattern.ts';
import { formats } from './keywords.ts';
import { reachableDefinitions } from './reachable-definitions.ts';
import { resolveReference } from './resolve-reference.ts';

type Units = { all?: ValidateFunction; first?: ValidateFunction };
/** A schema that something names, and the whole schema that its own references start from. */
type Target = { schema: Json; whole: JsonSchema; allErrors: boolean };

const units = new WeakMap<object, Units>();
let compilers: { [all: string]: Ajv2020 } = {};
let compilations = 0;

/**
 * @param schema one that passed `checkSchema`, standing alone
 * @param allErrors false: the validator stops at the first fault
 * @throws what ajv throws for schemas that cannot be compiled
 */
export function compileSchema(schema: JsonSchema, allErrors: boolean): ValidateFunction {
  const { $defs, ...rest } = schema;
  const reached = reachableDefinitions(rest, ($defs ?? {}) as { [name: string]: Json });
  if ([rest, ...Object.values(reached)].some(holdsUnevaluated)) {
    // What a reference has looked at counts for `unevaluated…`, and only ajv's own references tell.
    try {
      return compileOnce($defs === undefined ? rest : { ...rest, $defs: reached }, allErrors);
    } catch (error) {
      // Circles so large that ajv runs out of room; better to overlook what references have looked at.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return compileTarget({ schema, whole: schema, allErrors });
}

/** One compiler serves many schemas, which have no names; it is thrown away now and then because it never forgets patterns. */
function compileOnce(schema: JsonSchema, allErrors: boolean): ValidateFunction {
  compilations += 1;
  if (compilations % 200 === 0) compilers = {};
  const ajv = (compilers[String(allErrors)] ??= makeCompiler(allErrors));
  try {
    return ajv.compile(schema);
  } finally {
    ajv.removeSchema(schema);
  }
}

function compileTarget(target: Target): ValidateFunction {
  const { schema, whole, allErrors } = target;
  const known = units.get(schema as object) ?? {};
  units.set(schema as object, known);
  return (known[allErrors ? 'all' : 'first'] ??= compileOnce(
    postpone(schema, whole, allErrors) as JsonSchema,
    allErrors,
  ));
}

/** A copy in which every `$ref` is a reference that waits. Values that only look like schemas stay as they are. */
function postpone(schema: Json, whole: JsonSchema, allErrors: boolean): Json {
  if (Array.isArray(schema)) return schema.map((entry) => postpone(entry, whole, allErrors));
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy: { [keyword: string]: Json } = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$defs' && typeof value === 'object') continue;
    if (keyword === '$ref' && typeof value === 'string')
      copy['postponed'] = {
        schema: resolveReference(value, { schema: whole, defs: {} }) ?? true,
        whole,
        allErrors,
      };
    else if (keyword === 'properties' || keyword === 'patternProperties' || keyword === 'dependentSchemas')
      copy[keyword] = Object.fromEntries(
        Object.entries(value as { [name: string]: Json }).map(([name, entry]) => [
          name,
          postpone(entry, whole, allErrors),
        ]),
      );
    else if (plainValues.has(keyword)) copy[keyword] = value;
    else copy[keyword] = postpone(value, whole, allErrors);
  }
  return copy;
}

const plainValues = new Set(['enum', 'const', 'default', 'examples', 'required', 'dependentRequired']);

function holdsUnevaluated(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, member]) =>
      key === 'unevaluatedProperties' || key === 'unevaluatedItems' || holdsUnevaluated(member),
  );
}

function makeCompiler(allErrors: boolean): Ajv2020 {
  const regExp = Object.assign(linearPattern, { code: 'linearPattern' });
  const ajv = new Ajv2020({
    allErrors,
    strict: false,
    ownProperties: true,
    messages: false,
    validateSchema: false,
    // ajv looks for references to inline in a way that doubles with every nested list of schemas.
    inlineRefs: false,
    logger: false,
    code: { regExp },
  });
  addFormats.default(ajv, { mode: 'full', formats: [...formats] });
  ajv.addKeyword({
    keyword: 'postponed',
    errors: 'full',
    compile: (target: Target) => {
      const check: DataValidateFunction = (value: unknown, place?: DataValidationCxt): boolean => {
        if (typeof target.schema === 'boolean') return target.schema;
        const validate = compileTarget(target);
        if (validate(value)) return true;
        const here = place?.instancePath ?? '';
        check.errors = (validate.errors ?? []).map((error) => ({
          ...error,
          instancePath: here + error.instancePath,
        }));
        return false;
      };
      return check;
    },
  });
  return ajv;
}

/** ajv asks for `test` alone, and tells patterns apart by their text. */
function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  const regex = compilePattern(pattern);
  return { test: (text) => regex.matcher(text).find(), toString: () => `linear:${pattern}` };
}

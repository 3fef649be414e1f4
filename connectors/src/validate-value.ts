/**
 * Validates values against schemas of connectors with ajv. Patterns run on the linear-time engine, formats are a closed
 * list, and compiled validators are kept by content, so a schema is compiled once.
 *
 * ajv compiles with `new Function`. Where a content security policy forbids that (the browser), nothing is checked here
 * and the server has the last word; the subset check of `schemas/check-schema.ts` runs everywhere.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describeShapeErrors, type ShapeError } from './describe-shape-error.ts';
import { canonicalize } from './hash-document.ts';
import type { Json } from './json.ts';
import { measureValue, type Limits } from './measure-value.ts';
import { problem, problemLimit, type Problem } from './problem.ts';
import { compilePattern } from './schemas/check-pattern.ts';
import { measureRecursion } from './schemas/measure-recursion.ts';
import { formats } from './schemas/keywords.ts';
import type { JsonSchema } from './types.ts';

/** Values are bounded before a recursive schema can walk into them. */
const valueLimits: Limits = { bytes: 32 * 1024 * 1024, depth: 128, nodes: 1_000_000 };
/** Larger values stop at their first fault: a million faults would need a million sentences. */
const manyNodes = 20_000;
const cacheSize = 500;

type Compiled = { all: ValidateFunction; first: ValidateFunction | null; growth: number };

const byContent = new Map<string, Compiled>();
const byObject = new WeakMap<object, Compiled>();

/**
 * Lists what is wrong with a value.
 * @param schema one that passed `validateConnector`, standing alone (see `schemas/compose-schema.ts`)
 * @param value any JSON
 * @returns problems with pointers into the value and sentences; at most 100
 */
export function validateValue(schema: JsonSchema, value: Json): Problem[] {
  const measure = measureValue(value, valueLimits);
  if (measure.problem) return [measure.problem];
  if (!mayCompile()) return [];
  const compiled = compiledFor(schema);
  const deepest = deepestFor(compiled.growth);
  if (measure.depth > deepest) {
    return [
      problem(
        '',
        'too_deep',
        `This may be nested ${deepest} levels deep, because its schema is recursive in several ways at once; make it flatter.`,
      ),
    ];
  }
  const tellsAll = measure.nodes <= manyNodes && compiled.growth === 1;
  const validate = tellsAll ? compiled.all : (compiled.first ??= compile(schema, false));
  if (validate(value)) return [];
  const found = describeShapeErrors((validate.errors ?? []).slice(0, problemLimit * 3) as ShapeError[]);
  return (found.length > 0 ? found : [problem('', 'wrong_value', 'Does not fit its schema.')]).slice(
    0,
    problemLimit,
  );
}

/** Problems that only compiling shows; `checkSchema` must have passed before. */
export function compileProblems(schema: JsonSchema, path: string): Problem[] {
  if (!mayCompile()) return [];
  try {
    compiledFor(schema);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [problem(path, 'bad_schema', `This schema cannot be used: ${why.slice(0, 300)}`)];
  }
}

function compiledFor(schema: JsonSchema): Compiled {
  const known = byObject.get(schema);
  if (known) return known;
  const content = canonicalize(schema);
  const compiled = byContent.get(content) ?? {
    all: compile(schema, true),
    first: null,
    growth: measureRecursion({ schema, defs: {} }),
  };
  byContent.delete(content);
  byContent.set(content, compiled);
  byObject.set(schema, compiled);
  const oldest = byContent.size > cacheSize ? byContent.keys().next().value : undefined;
  if (oldest !== undefined) byContent.delete(oldest);
  return compiled;
}

/** Where each level multiplies the work by `growth`, about a million steps are the end. */
function deepestFor(growth: number): number {
  return growth === 1 ? valueLimits.depth : Math.max(2, Math.floor(Math.log(1_000_000) / Math.log(growth)));
}

let compilers: { [all: string]: Ajv2020 } = {};
let compilations = 0;

/** One compiler serves many schemas, which have no names; it is thrown away now and then because it never forgets patterns. */
function compile(schema: JsonSchema, allErrors: boolean): ValidateFunction {
  compilations += 1;
  if (compilations % 200 === 0) compilers = {};
  const ajv = (compilers[String(allErrors)] ??= makeCompiler(allErrors));
  try {
    return ajv.compile(schema);
  } finally {
    ajv.removeSchema(schema);
  }
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
  return ajv;
}

/** ajv asks for `test` alone, and tells patterns apart by their text. */
function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  const regex = compilePattern(pattern);
  return { test: (text) => regex.matcher(text).find(), toString: () => `linear:${pattern}` };
}

let compilesHere: boolean | undefined;

/** Asked once: does this place allow code to be made from text? */
function mayCompile(): boolean {
  if (compilesHere === undefined) {
    try {
      // oxlint-disable-next-line no-implied-eval, no-new-func -- the question itself; ajv needs the same
      compilesHere = new Function('return true')() as boolean;
    } catch {
      compilesHere = false;
    }
  }
  return compilesHere;
}

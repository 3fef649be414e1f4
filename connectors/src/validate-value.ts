/**
 * Validates values against schemas of connectors with ajv. Patterns run on the linear-time engine, formats are a closed
 * list, and compiled validators are kept by content, so a schema is compiled once.
 *
 * ajv compiles with `new Function`. Where a content security policy forbids that (the browser), nothing is checked here
 * and the server has the last word; the subset check of `schemas/check-schema.ts` runs everywhere.
 */
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { describeShapeErrors, type ShapeError } from './describe-shape-error.ts';
import { hashDocument } from './hash-document.ts';
import type { Json } from './json.ts';
import { measureValue, type Limits } from './measure-value.ts';
import { problem, problemLimit, type Problem } from './problem.ts';
import { compileSchema } from './schemas/compile-schema.ts';
import { measureRecursion } from './schemas/measure-recursion.ts';
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
  const compiled = within(() => compiledFor(schema));
  if (compiled === null) return [tooDeep];
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
  const validate = tellsAll ? compiled.all : (compiled.first ??= compileSchema(schema, false));
  const isFine = within(() => validate(value));
  if (isFine === null) return [tooDeep];
  if (isFine) return [];
  const found = describeShapeErrors((validate.errors ?? []).slice(0, problemLimit * 3) as ShapeError[]);
  return (found.length > 0 ? found : [problem('', 'wrong_value', 'Does not fit its schema.')]).slice(
    0,
    problemLimit,
  );
}

const tooDeep = problem('', 'too_deep', 'This is nested too deep for its schema; make it flatter.');

/** Null where references that lead to references leave no room to go on. */
function within<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const definitionKeys = new WeakMap<object, string>();

/** The same for schemas of the same content. Definitions are hashed once, however many schemas name them. */
function contentKey({ $defs, ...schema }: JsonSchema): string {
  return hashDocument([
    schema,
    $defs === undefined ? null : definitionsKey($defs as { [name: string]: Json }),
  ]);
}

function definitionsKey(definitions: { [name: string]: Json }): string {
  const whole = definitionKeys.get(definitions);
  if (whole !== undefined) return whole;
  const keys = Object.entries(definitions).map(([name, definition]): [string, Json] => {
    if (typeof definition !== 'object' || definition === null) return [name, definition];
    const known = definitionKeys.get(definition) ?? hashDocument(definition);
    definitionKeys.set(definition, known);
    return [name, known];
  });
  const key = hashDocument(Object.fromEntries(keys));
  definitionKeys.set(definitions, key);
  return key;
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
  const content = contentKey(schema);
  const compiled = byContent.get(content) ?? {
    all: compileSchema(schema, true),
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

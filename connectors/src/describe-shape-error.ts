/** Turns what ajv found into problems: a pointer to the fault and a sentence that says how to mend it. */
import { pointer, problem, quote, type Problem } from './problem.ts';

/** The part of ajv's error that both the compiled and the generated validators give. */
export type ShapeError = {
  instancePath: string;
  schemaPath: string;
  keyword: string;
  params: { [name: string]: unknown };
};

const kinds: { [type: string]: string } = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

const silent = new Set(['if', 'anyOf', 'oneOf', 'allOf']);

/** What to say instead when a certain pattern does not match. */
export type Sentences = { readonly [pattern: string]: string };

/** Problems in the order of the document. A fault that several branches of a choice report is told once. */
export function describeShapeErrors(errors: readonly ShapeError[], sentences: Sentences = {}): Problem[] {
  const found = new Map<string, Problem>();
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  for (const error of errors) {
    if (silent.has(error.keyword)) continue;
    const choice = choices.find(({ instancePath }) => error.instancePath === instancePath);
    // Within a choice only the kinds are told apart here; the branch of the right kind speaks for itself.
    if (choice && error.keyword === 'type') continue;
    const told = describe(error, sentences);
    found.set(`${told.path} ${told.message}`, told);
  }
  for (const choice of choices) {
    const told = [...found.values()].some(
      ({ path }) => path === choice.instancePath || path.startsWith(`${choice.instancePath}/`),
    );
    if (!told)
      found.set(
        choice.instancePath,
        problem(choice.instancePath, 'wrong_type', chooseSentence(choice, errors)),
      );
  }
  return [...found.values()];
}

function chooseSentence(choice: ShapeError, errors: readonly ShapeError[]): string {
  const types = errors
    .filter(({ keyword, instancePath }) => keyword === 'type' && instancePath === choice.instancePath)
    .map(({ params }) => kindOf(params['type']));
  return types.length > 0
    ? `Must be ${[...new Set(types)].join(' or ')}.`
    : 'Fits none of the forms that are allowed here.';
}

function kindOf(type: unknown): string {
  return (Array.isArray(type) ? type : [type])
    .map((name) => kinds[String(name)] ?? String(name))
    .join(' or ');
}

function describe({ instancePath, keyword, params }: ShapeError, sentences: Sentences): Problem {
  const path = instancePath;
  const limit = params['limit'];
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
      return problem(
        pointer(path, name.slice(0, 100)),
        'unknown_key',
        `${quote(name)} is not a name that is known here; take it out or correct its spelling.`,
      );
    }
    case 'required': {
      const name = String(params['missingProperty']);
      return problem(pointer(path, name), 'missing_key', `${quote(name)} is missing; add it.`);
    }
    case 'dependentRequired':
      return problem(
        path,
        'missing_key',
        `${quote(params['property'])} also needs ${quote(params['missingProperty'])}; add it.`,
      );
    case 'type':
      return problem(path, 'wrong_type', `Must be ${kindOf(params['type'])}.`);
    case 'const':
      return problem(path, 'wrong_value', `Must be ${JSON.stringify(params['allowedValue'])}.`);
    case 'enum':
      return problem(
        path,
        'wrong_value',
        `Must be one of ${(params['allowedValues'] as unknown[]).slice(0, 30).map(quote).join(', ')}.`,
      );
    case 'pattern': {
      const pattern = String(params['pattern']);
      const says = Object.hasOwn(sentences, pattern) ? sentences[pattern] : undefined;
      return problem(
        path,
        'wrong_form',
        says ?? `Does not have the form that is asked for here (${pattern.slice(0, 200)}).`,
      );
    }
    case 'format':
      return problem(path, 'wrong_form', `Must be a valid ${String(params['format'])}.`);
    case 'minLength':
      return problem(
        path,
        'too_short',
        limit === 1 ? 'Must not be empty.' : `Must have at least ${String(limit)} characters.`,
      );
    case 'maxLength':
      return problem(path, 'too_large', `Must have at most ${String(limit)} characters.`);
    case 'minItems':
      return problem(
        path,
        'too_short',
        `Must have at least ${String(limit)} ${limit === 1 ? 'entry' : 'entries'}.`,
      );
    case 'maxItems':
      return problem(path, 'too_large', `Must have at most ${String(limit)} entries.`);
    case 'minProperties':
      return problem(
        path,
        'too_short',
        `Must have at least ${String(limit)} ${limit === 1 ? 'member' : 'members'}.`,
      );
    case 'maxProperties':
      return problem(path, 'too_large', `Must have at most ${String(limit)} members.`);
    case 'uniqueItems':
      return problem(
        path,
        'duplicate',
        `Entries ${String(params['j'])} and ${String(params['i'])} are equal; each must be different.`,
      );
    case 'propertyNames':
      return problem(
        pointer(path, String(params['propertyName']).slice(0, 100)),
        'wrong_form',
        `The name ${quote(params['propertyName'])} does not have the form that is asked for here.`,
      );
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return problem(path, 'out_of_range', `Must be ${String(params['comparison'])} ${String(limit)}.`);
    case 'multipleOf':
      return problem(path, 'out_of_range', `Must be a multiple of ${String(params['multipleOf'])}.`);
    case 'contains':
      return problem(
        path,
        'wrong_value',
        'Has no entry, or too few or too many, of the kind that is asked for.',
      );
    case 'not':
      return problem(path, 'wrong_value', 'Has a value that is ruled out here.');
    case 'false schema':
      return problem(path, 'unknown_key', 'Nothing may stand here; take it out.');
    default:
      return problem(path, 'wrong_value', `Does not fit the rule "${keyword}".`);
  }
}

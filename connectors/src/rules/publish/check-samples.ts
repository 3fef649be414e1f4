/** Samples and examples fit the schemas they illustrate. */
import type { Json } from '../../json.ts';
import { pointer, problem, type Problem } from '../../problem.ts';
import { connectionSchemaOf, inputSchemaOf, outputSchemaOf } from '../../schemas/compose-schema.ts';
import { fillDefaults } from '../../schemas/fill-defaults.ts';
import { countReachable } from '../../schemas/reachable-definitions.ts';
import { compileProblems, validateValue } from '../../validate-value.ts';
import type { Connector, JsonSchema } from '../../types.ts';
import type { Rule } from '../list-requests.ts';

/** Compiling schemas is the dearest thing that validating does; all of one document together may have so many parts. */
export const partsToCompile = 50_000;

type Sample = { schema: JsonSchema; value: Json | undefined; path: string };

export const checkSamples: Rule = (connector) => {
  const found: Problem[] = [];
  let parts = 0;
  for (const { schema, value, path } of listSamples(connector)) {
    if (value === undefined) continue;
    parts += countReachable(schema);
    if (parts > partsToCompile) {
      return [
        ...found,
        problem(
          path,
          'too_large',
          `The schemas of all samples and examples together have more than ${partsToCompile} parts; split the connector, or take samples out.`,
        ),
      ];
    }
    const faults = compileProblems(schema, path);
    found.push(
      ...(faults.length > 0
        ? faults
        : validateValue(schema, value).map((fault) => ({ ...fault, path: path + fault.path }))),
    );
  }
  return found;
};

function* listSamples(connector: Connector): Generator<Sample> {
  const connection = connectionSchemaOf(connector);
  for (const [index, action] of connector.actions.entries()) {
    const path = pointer('/actions', index);
    const output = outputSchemaOf(connector, action);
    yield { schema: output, value: action.sample, path: `${path}/sample` };
    const input = action.examples ? inputSchemaOf(connector, action) : {};
    for (const [at, example] of (action.examples ?? []).entries()) {
      const here = pointer(path, 'examples', at);
      // As it is played: a default of a required input is filled in.
      yield { schema: input, value: fillDefaults(input, example.input), path: `${here}/input` };
      yield { schema: connection, value: example.config, path: `${here}/config` };
      const expected = example.expect?.output;
      if (!isFailure(expected)) yield { schema: output, value: expected, path: `${here}/expect/output` };
    }
  }
  for (const [index, trigger] of (connector.triggers ?? []).entries()) {
    yield {
      schema: outputSchemaOf(connector, trigger),
      value: trigger.sample,
      path: pointer('/triggers', index, 'sample'),
    };
  }
}

/** `{ error: { type } }` as expected output means that the action must fail. */
function isFailure(expected: Json | undefined): boolean {
  return (
    typeof expected === 'object' &&
    expected !== null &&
    !Array.isArray(expected) &&
    Object.keys(expected).length === 1 &&
    Object.hasOwn(expected, 'error')
  );
}

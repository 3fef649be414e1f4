/** Samples, defaults and examples fit the schemas they illustrate. */
import { pointer, type Problem } from '../../problem.ts';
import { connectionSchemaOf, inputSchemaOf, outputSchemaOf } from '../../schemas/compose-schema.ts';
import { validateValue } from '../../validate-value.ts';
import type { Json } from '../../json.ts';
import type { Connector, Example, JsonSchema } from '../../types.ts';
import type { Rule } from '../list-requests.ts';

export const checkSamples: Rule = (connector) => [
  ...connector.actions.flatMap((action, index) => {
    const path = pointer('/actions', index);
    const output = outputSchemaOf(connector, action);
    return [
      ...fit(output, action.sample, `${path}/sample`),
      ...(action.examples ?? []).flatMap((example, at) =>
        checkExample(
          connector,
          example,
          inputSchemaOf(connector, action),
          output,
          pointer(path, 'examples', at),
        ),
      ),
    ];
  }),
  ...(connector.triggers ?? []).flatMap((trigger, index) =>
    fit(outputSchemaOf(connector, trigger), trigger.sample, pointer('/triggers', index, 'sample')),
  ),
];

function checkExample(
  connector: Connector,
  example: Example,
  input: JsonSchema,
  output: JsonSchema,
  path: string,
): Problem[] {
  const expected = example.expect?.output;
  return [
    ...fit(input, example.input, `${path}/input`),
    ...fit(connectionSchemaOf(connector), example.config, `${path}/config`),
    ...(isFailure(expected) ? [] : fit(output, expected, `${path}/expect/output`)),
  ];
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

function fit(schema: JsonSchema, value: Json | undefined, path: string): Problem[] {
  return value === undefined
    ? []
    : validateValue(schema, value).map((found) => ({ ...found, path: path + found.path }));
}

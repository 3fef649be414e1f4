import type { Json } from '../../json.ts';
import type { Budget } from '../budget.ts';

export type ArgumentType =
  | 'any'
  | 'text'
  | 'number'
  | 'boolean'
  | 'list'
  | 'object'
  | 'date'
  | 'list or object';

export type Argument = {
  name: string;
  type: ArgumentType;
  description: string;
  optional?: true;
  /** The last argument may be given any number of times. */
  repeats?: true;
  /** A path that does not resolve is handed in as undefined instead of failing. */
  mayBeMissing?: true;
};

/** One function of the language: pure, and described so that the editor and the reference need no other source. */
export type ExpressionFunction = {
  name: string;
  group: 'text' | 'lists' | 'objects' | 'numbers' | 'values' | 'dates' | 'encodings';
  description: string;
  arguments: readonly Argument[];
  returns: ArgumentType;
  /** Executed by a test: `expression` gives `result`. */
  example: { expression: string; result: Json };
  /** Gets arguments of the declared types; undefined as a result means "gives nothing" and fails unless `??` follows. */
  run(values: readonly (Json | undefined)[], budget: Budget): Json | undefined;
};

/** Short form of an argument's declaration. */
export function argument(
  name: string,
  type: ArgumentType,
  description: string,
  extra: Pick<Argument, 'optional' | 'repeats' | 'mayBeMissing'> = {},
): Argument {
  return { name, type, description, ...extra };
}

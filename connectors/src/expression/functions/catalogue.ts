import { dateFunctions } from './dates.ts';
import type { ExpressionFunction } from './define.ts';
import { encodingFunctions } from './encodings.ts';
import { listFunctions } from './lists.ts';
import { messageFunctions } from './messages.ts';
import { numberFunctions } from './numbers.ts';
import { objectFunctions } from './objects.ts';
import { patternFunctions } from './patterns.ts';
import { textFunctions } from './text.ts';
import { totalFunctions } from './totals.ts';
import { valueFunctions } from './values.ts';

export type { Argument, ArgumentType, ExpressionFunction } from './define.ts';

/** Every function there is, in the order of the reference. Closed: documents cannot add to it. */
export const functionCatalogue: readonly ExpressionFunction[] = [
  ...textFunctions,
  ...patternFunctions,
  ...listFunctions,
  ...totalFunctions,
  ...objectFunctions,
  ...numberFunctions,
  ...valueFunctions,
  ...dateFunctions,
  ...encodingFunctions,
  ...messageFunctions,
];

const byName = new Map(functionCatalogue.map((entry) => [entry.name, entry]));

/** A function by its exact name. */
export function findFunction(name: string): ExpressionFunction | undefined {
  return byName.get(name);
}

/** The door of the expression language: parse, check and evaluate `{{ … }}`; runs in Node and in the browser. */
export { checkTemplate, type CheckOptions } from './expression/check-template.ts';
export { checkText, checkValue } from './expression/check-value.ts';
export {
  evaluateCondition,
  evaluateTemplate,
  type MissingMode,
  type Scope,
} from './expression/evaluate-template.ts';
export { describeCondition } from './expression/describe-condition.ts';
export { describeCall, describeFunctions } from './expression/describe-functions.ts';
export { evaluateItems } from './expression/evaluate-items.ts';
export { evaluateValue } from './expression/evaluate-value.ts';
export { ExpressionError, type ExpressionErrorCode } from './expression/expression-error.ts';
export { fillEndpoint, fillTemplate, type Position } from './expression/fill-template.ts';
export { functionCatalogue, type ExpressionFunction } from './expression/functions/catalogue.ts';
export { listPaths, type ReadPath } from './expression/list-paths.ts';
export { listValuePaths } from './expression/list-value-paths.ts';
export { isTemplate, parseTemplate } from './expression/parse-template.ts';
export { printExpression } from './expression/print-expression.ts';
export type { Problem } from './expression/problem.ts';
export {
  holesOf,
  loneHole,
  type Expression,
  type Hole,
  type PathPart,
  type Template,
} from './expression/syntax.ts';
export { workflowScope } from './expression/workflow-scope.ts';

export type ExpressionErrorCode = 'invalid_expression' | 'unresolved_path' | 'expression_limit' | 'bad_value';

/**
 * The only error that parsing and evaluating throw.
 * `path` is the path that did not resolve, as it is written; `position` counts characters from the start of the template.
 */
export class ExpressionError extends Error {
  readonly code: ExpressionErrorCode;
  readonly path: string | undefined;
  readonly position: number | undefined;

  constructor(code: ExpressionErrorCode, message: string, where: { path?: string; position?: number } = {}) {
    super(message);
    this.name = 'ExpressionError';
    this.code = code;
    this.path = where.path;
    this.position = where.position;
  }
}

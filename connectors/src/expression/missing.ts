/** What a path gives that does not resolve: it passes through operators and functions until `??` or a failure takes it. */
export class Missing {
  /** The path as it is written. */
  readonly path: string;
  readonly reason: string;

  constructor(path: string, reason: string) {
    this.path = path;
    this.reason = reason;
  }
}

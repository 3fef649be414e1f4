// The closed list of what can go wrong, as people and the API see it. One table: a code's HTTP status,
// whether trying again can help, a short title and what to do about it.

/** Whether repeating the same thing can help: never, once time has passed, or at once. */
export type Again = 'no' | 'later' | 'yes';

export type ErrorEntry = {
  readonly status: number;
  readonly again: Again;
  readonly title: string;
  readonly action: string;
};

const entry = (status: number, again: Again, title: string, action: string): ErrorEntry =>
  Object.freeze({ status, again, title, action });

export const errorTable = Object.freeze({
  not_parseable: entry(400, 'no', 'Not readable', 'Send JSON with the content type application/json.'),
  invalid_input: entry(
    422,
    'no',
    'Something in the input is wrong',
    'Mend the named fields and send it again.',
  ),
  edit_needs_version: entry(
    428,
    'no',
    'The edit does not say which version it changes',
    'Read it again and send its ETag in If-Match.',
  ),
  stale_edit: entry(
    412,
    'no',
    'Somebody saved meanwhile',
    'Load the newest version and make your change there.',
  ),
  idempotency_mismatch: entry(
    409,
    'no',
    'This key was used with another request',
    'Use a new Idempotency-Key for a new request.',
  ),
  too_large: entry(413, 'no', 'Too large', 'Send or ask for less at once.'),
  quota_workflows: entry(
    429,
    'later',
    'The limit of workflows is reached',
    'Delete a workflow you no longer need, or choose a larger plan.',
  ),
  quota_runs_per_hour: entry(
    429,
    'later',
    'The limit of runs per hour is reached',
    'Wait for the next hour, or choose a larger plan.',
  ),
  connection_not_tested: entry(
    422,
    'no',
    'A connection is not tested',
    'Open the connection, press Test, then try again.',
  ),
  hosts_not_agreed: entry(
    409,
    'no',
    'The app would send credentials to another host',
    'Open the connection, look at the host, and agree to it there if it is right.',
  ),
  deadlock: entry(
    422,
    'no',
    'The run cannot go on',
    'Look at the steps that wait for each other and change what they wait for.',
  ),
  call_cycle: entry(
    422,
    'no',
    'Workflows call each other in a circle',
    'Remove the call that leads back to an earlier workflow.',
  ),
  budget_exceeded: entry(422, 'no', 'The budget is used up', 'Raise the budget or wait for the next period.'),
  not_signed_in: entry(401, 'no', 'Not signed in', 'Sign in and try again.'),
  not_allowed: entry(403, 'no', 'Your role does not allow this', 'Ask an owner or admin of the workspace.'),
  not_found: entry(404, 'no', 'Not found', 'Check the address; it may have been deleted.'),
  conflict: entry(
    409,
    'no',
    'This does not fit the present state',
    'Load it again and look at what has changed.',
  ),
  too_many_requests: entry(429, 'later', 'Too many requests', 'Wait as long as Retry-After says.'),
  connection_expired: entry(
    409,
    'no',
    'The connection is no longer accepted',
    'Reconnect the account, test it, then run again.',
  ),
  remote_refused: entry(
    422,
    'no',
    'The service refused the request',
    'Read its answer in the step, mend the input and run again.',
  ),
  remote_busy: entry(
    503,
    'later',
    'The service is busy',
    'Nothing to do: we try again when the service allows it.',
  ),
  calls_paused: entry(
    503,
    'later',
    'Calls to a host are paused',
    'Nothing to do: the host gave no answer several times in a row, and is tried again in a while.',
  ),
  remote_unreachable: entry(
    504,
    'yes',
    'The service does not answer',
    'Check the address and whether the service is up.',
  ),
  blocked_address: entry(
    400,
    'no',
    'This address may not be called',
    'Use a public address; the operator can allow a private one in EGRESS_ALLOW.',
  ),
  response_invalid: entry(
    502,
    'no',
    'The answer has an unexpected form',
    'Compare the answer in the step with what the app describes.',
  ),
  capability_missing: entry(
    422,
    'no',
    'This app needs a newer version of Weftline',
    'Ask the operator to update, or use an older version of the app.',
  ),
  pagination_loop: entry(
    502,
    'no',
    'The service leads in a circle',
    'It names a page that was read before: look at how the app reads the next page.',
  ),
  step_timeout: entry(
    504,
    'yes',
    'The step took too long',
    'Raise the time limit of the step, or ask for less at once.',
  ),
  code_failed: entry(
    422,
    'no',
    'The code of the step failed',
    'Read its message and the line it names, mend the code and run again.',
  ),
  code_limit: entry(
    422,
    'no',
    'The code of the step used more than it may',
    'Let it work on fewer or smaller values at once.',
  ),
  code_crashed: entry(
    422,
    'no',
    'The code of the step brought its process down',
    'Let it work on less at once; if that does not help, ask the operator.',
  ),
  outcome_unknown: entry(
    409,
    'no',
    'It is unknown whether the request took effect',
    'Look at the service, then choose to send it again or to go on.',
  ),
  cancelled: entry(409, 'no', 'Cancelled', 'Run it again if that was not meant.'),
  unresolved_path: entry(
    422,
    'no',
    'A value that is used here does not exist',
    'Pick another value, or give a default with ??.',
  ),
  invalid_expression: entry(
    422,
    'no',
    'An expression cannot be read',
    'Mend the expression at the named place.',
  ),
  expression_limit: entry(422, 'no', 'An expression does too much', 'Work on fewer or smaller values in it.'),
  bad_value: entry(
    422,
    'no',
    'A value does not fit its place',
    'Change the value so that it fits where it is used.',
  ),
  unavailable: entry(503, 'later', 'Not available just now', 'Try again in a few seconds.'),
  internal: entry(
    500,
    'no',
    'Something went wrong on our side',
    'It has been recorded; name the request id if you ask us.',
  ),
});

export type ErrorCode = keyof typeof errorTable;

export type CodedErrorOptions = {
  code: ErrorCode;
  /** One sentence for a person; never holds a secret or another workspace's value. */
  message: string;
  details?: unknown;
  retryAfterMs?: number;
  cause?: unknown;
};

/** The only error class of the product. Throw it with a code of the table and a sentence a person can act on. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(options: CodedErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CodedError';
    this.code = options.code;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** HTTP status of this code. */
  get status(): number {
    return errorTable[this.code].status;
  }
}

/** True if `value` is one of ours, so that it may be answered as it is. */
export const isCodedError = (value: unknown): value is CodedError => value instanceof CodedError;

/** True if `code` is in the table; for codes that come from outside this process. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);

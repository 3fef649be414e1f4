// One call from open connection to read answer. Tests, runs and connection tests all come through here.
import { credentialPlaces, signInOf } from '@weftline/connectors/schemas/fixed-credentials';
import { ExpressionError } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { Problem } from '@weftline/connectors/problem';
import type { Action, Auth, Connector, Request } from '@weftline/connectors/types';
import type { EgressResponse } from '../platform/egress/create-egress.ts';
import { CodedError } from '../platform/errors.ts';
import { authorize, findAuth } from './authorize.ts';
import type { AuthorizedRequest } from './authorize.ts';
import { buildRequest, requestScope } from './build-request.ts';
import type { RunFacts } from './build-request.ts';
import { openFor, secretsOf, seenFor } from './other-auth.ts';
import { canRefresh, needsRefresh, refreshOauth, saysOver } from './oauth2.ts';
import type { Files } from './files.ts';
import { checkPlaces } from './place-credential.ts';
import { openBody } from './open-body.ts';
import { readBody } from './read-body.ts';
import { ownRates } from './count-rates.ts';
import { findLimit, holdCall, learnRate, unlimited } from './hold-rate.ts';
import type { HeldCall } from './hold-rate.ts';
import { answeredError, thrownError } from './read-error.ts';
import { readResponse } from './read-response.ts';
import type { ReadAnswer } from './read-response.ts';
import { receiveEvents } from './receive-events.ts';
import { receiveFile } from './receive-file.ts';
import type { Redact } from './redact.ts';
import { rememberRedact } from './remember-redact.ts';
import { send } from './send.ts';
import type { PageChange } from './turn-page.ts';
import { showRequest, showResponse } from './show-call.ts';
import { refuseCycle } from './refuse-cycle.ts';
import type {
  CallChain,
  CallError,
  ExecutorDependencies,
  OpenConnection,
  SeenRequest,
  SeenResponse,
  Sent,
} from './types.ts';

/** Of a stream that is closed when it has given enough. */
const mostEventBytes = 10 * 1024 * 1024;

export type Performance = {
  tenantId: string;
  connector: Connector;
  request: Request | Action;
  input: Json;
  /** Secret texts of the input. */
  secretInputs: readonly string[];
  openConnection: (() => Promise<OpenConnection>) | null;
  run: RunFacts;
  callChain?: CallChain | undefined;
  timeoutMs: number;
  signal: AbortSignal | undefined;
  /** Told whether any request of the call was sent. */
  progress?: { hasSent: boolean };
  /** What the requests before captured, by step. */
  steps?: JsonObject;
  /** What one page of a list changes in the request. */
  page?: PageChange;
  /** What else its templates may read, such as `cursor`, `webhook` or `search`. */
  more?: Scope;
  /** Looks at the output before secrets are taken out of it. @throws CodedError when it must not pass */
  checkOutput?: (output: Json) => Problem[];
};

export type Performed = (
  | {
      ok: true;
      output: Json;
      warnings: Problem[];
      answer: ReadAnswer;
      /** The address that answered in the end, and the size of its body in bytes. */
      url: string;
      bytes: number;
      connection: OpenConnection | null;
    }
  | { ok: false; error: CallError }
) & { request: SeenRequest | null; response: SeenResponse | null; redact: Redact };

/** Opens the connection whose token the request is sent with. */
const openerOf = ({ connector, request, openConnection }: Performance): Performance['openConnection'] =>
  openConnection && (async () => openFor(connector, request, await openConnection()));

const open = async (
  given: Performance,
  dependencies: ExecutorDependencies,
): Promise<OpenConnection | null> => {
  const { connector, request } = given;
  const openConnection = openerOf(given);
  if (openConnection !== null) {
    const connection = await openConnection();
    if (request.auth === 'none' || !needsRefresh(connector, connection, dependencies.now()))
      return connection;
    return refreshOauth({ ...given, openConnection, used: connection }, dependencies);
  }
  if (request.auth === 'none' || connector.auth.some(({ type }) => type === 'NONE')) return null;
  throw new CodedError({
    code: 'invalid_input',
    message: `${connector.app.name} needs a connection: choose one.`,
  });
};

const hideSecrets = (error: CallError, redact: Redact): CallError => ({
  ...error,
  message: redact.text(error.message).slice(0, 1_000),
  ...(error.remoteCode === undefined ? {} : { remoteCode: redact.text(error.remoteCode) }),
});

const expired: CallError = {
  code: 'connection_expired',
  type: 'AUTH',
  message: 'The service no longer accepts the connection.',
  sent: 'answered',
};

/** A person's sign-in that is refused for good is over; other credentials are merely wrong. */
const endOf = (auth: Auth | undefined, error: CallError): CallError =>
  error.type === 'AUTH' && auth !== undefined && signInOf(auth) !== 'none'
    ? { ...error, code: 'connection_expired' }
    : error;

/** Answers that are taken as they come: files, and streams of events that are closed when there are enough. */
const takeInPieces = (
  files: Files | undefined,
  request: Request | Action,
): ReturnType<typeof receiveFile> | ReturnType<typeof receiveEvents> | undefined => {
  const { maxResponseBytes, responseFormat } = request;
  if (responseFormat === 'sse' && 'key' in request && request.maxItems !== undefined)
    return receiveEvents(request.maxItems, maxResponseBytes ?? mostEventBytes);
  if (responseFormat !== 'file') return undefined;
  if (files !== undefined) return receiveFile(files, maxResponseBytes);
  throw new CodedError({ code: 'invalid_input', message: 'A file cannot be kept here.' });
};

/** What an answer says that means a new sign-in: where no rule makes a failure of it, there is no output to build either. */
const readRefusal = (reading: Parameters<typeof readResponse>[0]): ReturnType<typeof readResponse> => {
  try {
    return readResponse(reading);
  } catch (error) {
    if (error instanceof ExpressionError) return { ok: true, output: null };
    throw error;
  }
};

/** A failure instead of a wait that would hold the worker for too long. */
const usedUp = (
  appName: string,
  { busyMs, isFull }: Extract<HeldCall, { busyMs: number }>,
  most: number | undefined,
  hasSent: boolean,
): CallError => ({
  code: 'remote_busy',
  type: 'RATE_LIMIT',
  message: isFull
    ? `${appName} takes ${most === 1 ? 'one call' : `${most ?? 0} calls`} at once, and others are under way, so the request was not sent.`
    : `The limit of ${appName} is used up for ${Math.ceil(busyMs / 1_000)} s, so the request was not sent.`,
  sent: 'no',
  retryAfterMs: busyMs,
  ...(hasSent ? {} : { isHeld: true }),
});

/** Answers of what stands before a service that is not there. */
const isGateway = (status: number): boolean => status >= 502 && status <= 504;

/** A step that gives a service little time says nothing about the service. */
const patientMs = 10_000;
const isSlow = (error: CallError, timeoutMs: number): boolean =>
  error.type === 'TIMEOUT' && timeoutMs >= patientMs;

/** A failure instead of a call to a host that is left alone: a wait, and after an hour of them a fault. */
const leftAlone = (
  url: string,
  { waitMs, why, isOutage }: { waitMs: number; why: string; isOutage: boolean },
  hasSent: boolean,
): CallError => ({
  code: 'calls_paused',
  type: 'TEMPORARY',
  message: `Calls to ${new URL(url).host} are paused for ${Math.ceil(waitMs / 1_000)} s, because it failed several times in a row: ${why}. The request was not sent.`,
  sent: 'no',
  retryAfterMs: waitMs,
  reason: 'paused',
  ...(hasSent || isOutage ? {} : { isHeld: true }),
});

/**
 * Performs a call.
 * @returns the result; expected failures are returned, not thrown
 */
export const performRequest = async (
  given: Performance,
  dependencies: ExecutorDependencies,
): Promise<Performed> => {
  const { connector, request } = given;
  let redact = rememberRedact(given.secretInputs);
  let seenRequest: SeenRequest | null = null;
  let seenResponse: SeenResponse | null = null;
  let sent: Sent = 'no';
  /** The host of a request that has left and was not answered yet. */
  let called = '';
  const rates = dependencies.rates ?? ownRates;
  const fail = (error: CallError): Performed => ({
    ok: false,
    error: hideSecrets(error, redact),
    request: seenRequest,
    response: seenResponse,
    redact,
  });

  try {
    let connection = await open(given, dependencies);
    for (let isRepeat = false; ; isRepeat = true) {
      const { input, run, steps, more } = given;
      const config = connection?.config ?? {};
      const factsAt = (now: number) => ({ input, config, run, now, steps, more: more ?? {} });
      const used = request.auth === 'none' ? null : connection;
      // Whose token it is, and how the request is signed in: two ways where one places the token of the other.
      const auth = used === null ? undefined : findAuth(connector, used.authKey);
      const seen = used && seenFor(connector, request, used);
      const signedIn = seen && findAuth(connector, seen.authKey);
      const secrets = [connection, seen].flatMap((one) => (one === null ? [] : secretsOf(connector, one)));
      redact = rememberRedact([...given.secretInputs, ...secrets]);
      const limit = findLimit(
        given,
        connection?.whole ?? connection,
        requestScope(factsAt(dependencies.now())),
      );
      const held =
        limit === undefined ? unlimited : await holdCall(rates, limit, given.timeoutMs, given.signal);
      if ('busyMs' in held) {
        const hasSent = given.progress?.hasSent ?? isRepeat;
        return fail(usedUp(connector.app.name, held, limit?.rate.concurrency, hasSent));
      }
      // After the wait, so that what is signed with the time is fresh.
      const now = dependencies.now();
      const facts = factsAt(now);
      const { files } = dependencies;
      let taken: ReturnType<typeof takeInPieces>;
      let raw: EgressResponse;
      try {
        taken = takeInPieces(files, request);
        const built = await openBody(
          buildRequest({ connector, request, ...facts, page: given.page }),
          files,
          signedIn?.signing !== undefined,
        );
        const authorized: AuthorizedRequest =
          seen === null || signedIn === null
            ? { ...built, credentials: null }
            : await authorize(connector, signedIn, seen, built, now);
        redact = rememberRedact([
          ...given.secretInputs,
          ...secrets,
          ...(authorized.credentials?.values ?? []),
        ]);
        checkPlaces(authorized.url, credentialPlaces(connector));
        seenRequest = showRequest(authorized, redact);

        const barred = await dependencies.breaker?.ask(new URL(authorized.url).host);
        if (barred) return fail(leftAlone(authorized.url, barred, given.progress?.hasSent ?? isRepeat));
        if (given.progress !== undefined) given.progress.hasSent = true;
        called = new URL(authorized.url).host;
        raw = await send(dependencies.egress, authorized, {
          ...given,
          timeoutMs: Math.max(
            1,
            Math.round(Math.min(given.timeoutMs - held.heldMs, held.endsAt - performance.now())),
          ),
          limits: { ...connector.defaults, ...request },
          receive: taken?.receive,
        });
      } finally {
        // The whole answer has come, or none will: the service is done with this call.
        await held.leave();
      }
      sent = 'answered';
      await dependencies.breaker?.tell(called, isGateway(raw.status) ? `it answered ${raw.status}` : null);
      called = '';
      refuseCycle(raw, given.callChain);
      const stored = taken?.stored();
      const { xmlNamespaces } = given.connector.defaults ?? {};
      const body = stored ?? readBody(raw, request.responseFormat, new URL(raw.url).host, xmlNamespaces);
      const answer = { status: raw.status, headers: raw.headers, body };
      seenResponse = showResponse(answer, raw.body.length, redact);
      const openConnection = openerOf(given);
      const mayRenew =
        !isRepeat &&
        openConnection !== null &&
        connection !== null &&
        auth !== undefined &&
        canRefresh(auth, connection);
      const isOver = auth !== undefined && saysOver(auth, answer);
      const reading = { connector, request, answer, scope: requestScope(facts), now };
      const outcome = isOver && mayRenew ? readRefusal(reading) : readResponse(reading);
      if (limit !== undefined) {
        const asked =
          !outcome.ok && outcome.failure.type === 'RATE_LIMIT' ? outcome.failure.retryAfterMs : undefined;
        await learnRate(rates, limit, answer, asked, now);
      }

      if (!outcome.ok && stored !== undefined && 'fileId' in stored) await files?.remove(stored.fileId);
      if (outcome.ok && !(isOver && mayRenew)) {
        const warnings = (given.checkOutput?.(outcome.output) ?? []).map((warning) => ({
          ...warning,
          message: redact.text(warning.message),
        }));
        return {
          ok: true,
          output: redact.value(outcome.output),
          warnings,
          answer,
          url: raw.url,
          bytes: raw.body.length,
          connection,
          request: seenRequest,
          response: seenResponse,
          redact,
        };
      }
      const error = outcome.ok ? null : answeredError(outcome.failure, raw.status);
      if (error !== null && error.type !== 'AUTH' && !isOver) return fail(error);
      if (!mayRenew || openConnection === null || connection === null)
        return fail(endOf(auth, error ?? expired));
      // A 401 proves that nothing was done, so the same request may be sent once more with a new token.
      try {
        connection = await refreshOauth({ ...given, openConnection, used: connection }, dependencies);
      } catch (cause) {
        const renewal = thrownError(cause, 'no');
        return fail(
          error !== null && renewal.code === 'connection_expired'
            ? { ...error, code: renewal.code }
            : renewal,
        );
      }
    }
  } catch (error) {
    const thrown = thrownError(error, sent);
    if (called !== '' && (thrown.type === 'NETWORK' || isSlow(thrown, given.timeoutMs)))
      await dependencies.breaker?.tell(called, `no answer came (${thrown.reason ?? thrown.code})`);
    return fail(thrown);
  }
};

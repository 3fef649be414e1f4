// One poll of a trigger: the request is made and its list is read. Which of the items are new is somebody else's.
import { evaluateTemplate, parseTemplate, type Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import { isWrittenOut } from '@weftline/connectors/rules/list-requests';
import type { Connector, Poll, Trigger } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import { isXml } from './build-output.ts';
import type { Enough } from './perform-pages.ts';
import { performReference } from './perform-reference.ts';
import type { Performed } from './perform-request.ts';
import { inputError, thrownError } from './read-error.ts';
import { readTriggerInput } from './read-trigger-input.ts';
import type { CallError, ExecutorDependencies, OpenConnection, SeenRequest, SeenResponse } from './types.ts';
import { readAnswerPath } from './turn-page.ts';

/** Items that one poll reads, over all pages. */
export const mostPollItems = 10_000;
/** Milliseconds that one poll may take, over all pages. */
export const pollTimeoutMs = 60_000;

export type PollCall = {
  tenantId: string;
  connector: Connector;
  trigger: Trigger & { poll: Poll };
  /** As it was typed. */
  input: Json;
  openConnection: (() => Promise<OpenConnection>) | null;
  /** What the request reads as `cursor`; undefined: there is none yet. */
  cursor: Json | undefined;
  /** Nothing is known yet: of a list with the newest first only as much is read as will be remembered. */
  isFirst: boolean;
  enough?: Enough;
  signal?: AbortSignal;
};

export type PollAnswer = { request: SeenRequest | null; response: SeenResponse | null } & (
  | {
      ok: true;
      /** As they came, secrets taken out. */
      items: Json[];
      /** What `dedupeKey`, `map` and `cursor.value` of an item may read besides `item` and `index`. */
      scope: Scope;
      /** Secret texts of the input. */
      secretInputs: string[];
      /** What `cursor.value` of the pick `response` reads: the last answer as it came. */
      answer: Scope;
    }
  | { ok: false; error: CallError }
);

const readList = (poll: Poll, performed: Extract<Performed, { ok: true }>): Json[] => {
  const isPaged =
    isWrittenOut(poll.request) && poll.pagination !== undefined && poll.pagination.type !== 'none';
  const isMapped = isWrittenOut(poll.request) && poll.request.response?.map !== undefined;
  const found =
    isPaged && !isMapped
      ? performed.output
      : /^output\b/.test(poll.items) || isPaged
        ? evaluateTemplate(
            parseTemplate(`{{${/^output\b/.test(poll.items) ? poll.items : 'output'}}}`),
            { output: performed.output },
            { missing: 'drop' },
          )
        : readAnswerPath(poll.items, performed.answer);
  // Many services leave an empty list out.
  if (found === undefined || found === null) return [];
  // In XML a list of one cannot be told from an element alone.
  if (!Array.isArray(found) && isWrittenOut(poll.request) && isXml(poll.request))
    return found === '' ? [] : [performed.redact.value(found)];
  if (!Array.isArray(found))
    throw egressError(
      'response_invalid',
      'protocol',
      'answered',
      `The answer has no list at \`${poll.items}\`: the app's trigger does not fit this service.`,
    );
  if (found.length > mostPollItems)
    throw egressError(
      'too_large',
      'size',
      'answered',
      `The list has ${found.length} items, and a poll reads ${mostPollItems} at most: ask for less.`,
    );
  return performed.redact.value(found) as Json[];
};

/** Asks once. @returns the items or the failure; expected failures are returned, not thrown */
export const askPoll = async (call: PollCall, dependencies: ExecutorDependencies): Promise<PollAnswer> => {
  const { connector, trigger, cursor, isFirst, enough } = call;
  const { poll } = trigger;
  const asked: Scope = cursor === undefined ? {} : { cursor };
  const isNewestFirst = poll.order === 'newest-first';
  const { input, secretInputs, problems } = readTriggerInput(connector, trigger, call.input);
  if (problems.length > 0) return { ok: false, error: inputError(problems), request: null, response: null };
  const performed = await performReference(
    {
      tenantId: call.tenantId,
      connector,
      reference: poll.request,
      pagination: poll.pagination,
      maxItems:
        isNewestFirst && isFirst
          ? Math.min(mostPollItems, Math.max(poll.keepSeen, poll.maxItems))
          : mostPollItems,
      ...(isNewestFirst && !isFirst && enough ? { enough } : {}),
      input,
      secretInputs,
      openConnection: call.openConnection,
      run: { id: 'poll', stepId: trigger.key, attempt: 1, idempotencyKey: 'poll' },
      timeoutMs: pollTimeoutMs,
      signal: call.signal,
      more: asked,
    },
    dependencies,
  );
  const { request, response } = performed;
  if (!performed.ok) return { ok: false, error: performed.error, request, response };
  try {
    const { status, headers, body } = performed.answer;
    const scope: Scope = { ...asked, input, connection: performed.connection?.config ?? {} };
    const answer: Scope = { ...asked, status, headers: { ...headers }, body };
    return { ok: true, items: readList(poll, performed), scope, answer, secretInputs, request, response };
  } catch (error) {
    const failure = thrownError(error, 'answered');
    return {
      ok: false,
      error: { ...failure, message: performed.redact.text(failure.message) },
      request,
      response,
    };
  }
};

// One due poll: ask, tell what is new, commit it with the runs that it starts. A process that dies between the asking and the
// commit has changed nothing: the next one asks from the same place.
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Poll, Trigger } from '@weftline/connectors/types';
import type { Journal } from '../../journal/open-journal.ts';
import { askPoll } from '../../executor/ask-poll.ts';
import { thrownError } from '../../executor/read-error.ts';
import { readTriggerInput } from '../../executor/read-trigger-input.ts';
import { passCrashPoint } from '../../platform/crash-point.ts';
import type { CallError } from '../../executor/types.ts';
import { uuidv7 } from 'uuidv7';
import {
  type AppTriggerRow,
  type AppTriggerServices,
  type Held,
  leaveRow,
  loadTrigger,
  markRefusedAccount,
} from '../app-trigger-services.ts';
import { appReceiptKey } from '../app-trigger.ts';
import { followVariables } from '../follow-variables.ts';
import { secondsAfter, secondsUntilNext } from './plan-poll.ts';
import { type ReadResult, readItems } from './read-items.ts';
import { failuresUntilTold, sayUnread, sentence, tellOfFailure, tellOfMissed } from './say-failures.ts';
import { askedCursor, chooseItems, decidePoll, firstCursor, hashKey, tellItems } from './tell-items.ts';

export type PollServices = AppTriggerServices & { query: Journal['query']; ring(): void };
/** What a poll came to: `lost` when somebody else holds the row by now, or the trigger is another one. */
export type PollOutcome = { kind: 'polled'; started: number; held: number } | { kind: 'failed' | 'lost' };

/** Runs that one commit starts at most; the rest follows in commits of its own. */
export const mostRunsACommit = 400;
type Committed = { started: number; held: number; why: string | null };

export const newRunIds = (count: number): string[] =>
  Array.from({ length: Math.min(count, mostRunsACommit) }, () => uuidv7());

/** The present account's state; null without one. */
async function findAccount({ database }: PollServices, { tenantId, connectionId }: AppTriggerRow) {
  if (connectionId === null) return null;
  return database.withTenant(tenantId, (tx) =>
    tx.connection.findFirst({
      where: { tenantId, id: connectionId, deletedAt: null },
      select: { name: true, status: true },
    }),
  );
}

/** Which of these keys are known already. */
async function findKnown({ database }: PollServices, { tenantId, id }: Held, keys: readonly string[]) {
  if (keys.length === 0) return new Set<string>();
  const hashes = keys.map((key) => new Uint8Array(hashKey(key)));
  const rows = await database.withTenant(
    tenantId,
    (tx) =>
      tx.$queryRaw<{ key_hash: Uint8Array }[]>`
      SELECT s.key_hash FROM app_trigger_seen s
      WHERE s.tenant_id = ${tenantId}::uuid AND s.trigger_id = ${id}::uuid AND s.key_hash = ANY(${hashes}::bytea[])`,
  );
  const known = new Set(rows.map((row) => Buffer.from(row.key_hash).toString('hex')));
  return new Set(keys.filter((key) => known.has(hashKey(key).toString('hex'))));
}

async function fail(
  services: PollServices,
  row: AppTriggerRow,
  held: Held,
  error: CallError,
): Promise<PollOutcome> {
  const failures = row.pollFailures + 1;
  const isAccount = error.type === 'AUTH';
  const seconds = secondsAfter(row, error);
  const why = isAccount
    ? `${sentence(error.message)} It is not asked again until the connection works: open it, renew it and press Test.`
    : error.message;
  if (isAccount) await markRefusedAccount(services, row, error);
  const isFailing = isAccount || failures >= failuresUntilTold;
  // What a subscription does stands in the status of a trigger that only polls for gaps.
  const isOwn = row.type === 'POLL' || row.status === 'failing';
  const [clock] = await services.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const kept = await leaveRow(services, held, {
    pollFailures: failures,
    nextPollAt: new Date(clock!.now.getTime() + seconds * 1000),
    ...(isOwn ? { why, ...(isFailing ? { status: 'failing' } : {}) } : {}),
  });
  if (!kept) return { kind: 'lost' };
  await tellOfFailure(services, row, error, why, clock!.now);
  return { kind: 'failed' };
}

/** The cursor that the next request is about: the kept one, else the first. */
async function cursorOf(services: PollServices, row: AppTriggerRow, poll: Poll, input: Json, now: number) {
  if (row.cursor !== null) return JSON.parse(row.cursor) as Json;
  if (poll.cursor?.initial === undefined) return undefined;
  const { tenantId, connectionId } = row;
  const config = connectionId === null ? {} : (await services.openConnection(tenantId, connectionId)).config;
  return firstCursor(poll, { input, connection: config, now: new Date(now).toISOString() });
}

type PollTrigger = Trigger & { poll: Poll };

const hexOf = (key: string): string => hashKey(key).toString('hex');

const nothingRead: ReadResult = { fetched: new Map(), left: [], failed: [], error: null };

async function ask(services: PollServices, row: AppTriggerRow, held: Held): Promise<PollOutcome> {
  const { tenantId, connectionId } = row;
  const { connector, trigger } = await loadTrigger(services, row);
  const { poll } = trigger as PollTrigger;
  const followed = await followVariables(services, row, held, { connector, trigger });
  if (followed.kind === 'failed') return fail(services, row, held, followed.error);
  if (followed.kind === 'moved') {
    await leaveRow(services, held, {});
    return { kind: 'lost' };
  }
  const outside = services.outside(tenantId);
  const typed = JSON.parse(row.input) as Json;
  const { input } = readTriggerInput(connector, trigger, typed);
  const kept = await cursorOf(services, row, poll, input, outside.now());
  const unread = row.unreadKeys.map((hash) => Buffer.from(hash).toString('hex'));
  const unmet = new Set(unread);
  const asked = await askPoll(
    {
      tenantId,
      connector,
      trigger: trigger as PollTrigger,
      input: typed,
      openConnection: connectionId === null ? null : () => services.openConnection(tenantId, connectionId),
      cursor: askedCursor(poll, kept),
      isFirst: !row.primed,
      async enough(page) {
        const keys = tellItems(poll, page, { input }).map(({ key }) => key);
        for (const key of keys) unmet.delete(hexOf(key));
        // What was not read before may stand further back than what is known.
        if (unmet.size > 0) return false;
        return keys.length > 0 && (await findKnown(services, held, keys)).size === keys.length;
      },
    },
    outside,
  );
  if (!asked.ok) return fail(services, row, held, asked.error);
  const told = tellItems(poll, asked.items, asked.scope);
  const known = await findKnown(
    services,
    held,
    told.map(({ key }) => key),
  );
  const telling = { isFirst: !row.primed, scope: asked.scope, isKnown: (key: string) => known.has(key) };
  const { starting, filtered } = chooseItems(poll, told, telling);
  const failedBefore = new Set(unread.slice(unread.length - row.unreadFailed));
  const read = poll.fetch
    ? await readItems(
        poll.fetch,
        starting,
        { ...asked.scope, now: new Date(outside.now()).toISOString() },
        {
          tenantId,
          connector,
          openConnection:
            connectionId === null ? null : () => services.openConnection(tenantId, connectionId),
          input: isJsonObject(input) ? input : {},
          secretInputs: asked.secretInputs,
          callId: 'poll',
          dependencies: outside,
        },
        (key) => failedBefore.has(hexOf(key)),
      )
    : nothingRead;
  const { items, cursor } = decidePoll(
    poll,
    told,
    starting,
    { ...asked, kept },
    {
      fetched: read.fetched,
      unread: new Set([...read.left, ...read.failed]),
    },
  );
  const outputs = items.map(({ output }) => (output === undefined ? null : JSON.stringify(output)));
  const { why, failures } = sayUnread(read, row);
  passCrashPoint('before-poll-commit');
  const [committed] = await services.query<Committed>(
    'SELECT * FROM commit_poll($1::uuid,$2::uuid,$3::int,$4::bytea[],$5::text[],$6::text[],$7::text,$8::int,$9::int,$10::uuid[],$11::int,$12::bytea[],$13::int,$14::int,$15::boolean,$16::text)',
    [
      tenantId,
      held.id,
      held.epoch,
      items.map(({ key }) => hashKey(key)),
      items.map(({ key }) => appReceiptKey(held, key)),
      outputs,
      cursor === undefined ? null : JSON.stringify(cursor),
      poll.keepSeen,
      secondsUntilNext(row, poll, read),
      newRunIds(outputs.filter((output) => output !== null).length),
      filtered,
      [...read.left, ...read.failed].map(hashKey),
      read.failed.length,
      failures,
      failures >= failuresUntilTold || read.error?.type === 'AUTH',
      why,
    ],
  );
  passCrashPoint('poll-committed');
  if (!committed) return { kind: 'lost' };
  if (committed.started > 0) services.ring();
  if (read.error !== null && why !== null) {
    if (read.error.type === 'AUTH') await markRefusedAccount(services, row, read.error);
    await tellOfFailure(services, row, read.error, why, new Date(outside.now()));
  }
  const there = new Set(told.map(({ key }) => hexOf(key)));
  await tellOfMissed(services, row, unread.filter((key) => !there.has(key)).length);
  return { kind: 'polled', started: committed.started, held: committed.held };
}

/** Polls a trigger whose row is held. Whatever comes of it, the row says when it is next, and is let go. */
export async function pollTrigger(
  services: PollServices,
  row: AppTriggerRow,
  held: Held,
): Promise<PollOutcome> {
  const account = await findAccount(services, row);
  if (row.connectionId !== null && account?.status !== 'working') {
    const name = account ? `“${account.name}”` : 'of this trigger';
    return fail(services, row, held, {
      code: account ? 'connection_expired' : 'not_found',
      type: 'AUTH',
      message: account ? `The connection ${name} does not work.` : `The connection ${name} does not exist.`,
      sent: 'no',
    });
  }
  let outcome: CallError;
  try {
    return await ask(services, row, held);
  } catch (error) {
    outcome = thrownError(error, 'answered');
  }
  return fail(services, row, held, outcome);
}

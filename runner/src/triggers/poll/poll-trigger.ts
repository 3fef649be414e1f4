// One due poll: ask, tell what is new, commit it with the runs that it starts. A process that dies between the asking and the
// commit has changed nothing: the next one asks from the same place.
import type { Json } from '@weftline/connectors/json';
import type { Poll, Trigger } from '@weftline/connectors/types';
import type { Journal } from '../../journal/open-journal.ts';
import { askPoll } from '../../executor/ask-poll.ts';
import { thrownError } from '../../executor/read-error.ts';
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
  notify,
} from '../app-trigger-services.ts';
import { appReceiptKey } from '../app-trigger.ts';
import { askedCursor, decidePoll, firstCursor, hashKey, tellItems } from './tell-items.ts';

export type PollServices = AppTriggerServices & { query: Journal['query']; ring(): void };
/** What a poll came to: `lost` when somebody else holds the row by now. */
export type PollOutcome = { kind: 'polled'; started: number; held: number } | { kind: 'failed' | 'lost' };

/** Runs that one commit starts at most; the rest follows in commits of its own. */
export const mostRunsACommit = 400;
/** Looking again at an account that does not work. */
const lookAgainSeconds = 60;
const longestWaitSeconds = 3_600;
/** Failures in a row until people are told; services have bad minutes. */
const failuresUntilTold = 3;

/** Seconds between polls; one that stands in for a subscription that is not there asks as often as any other. */
const everyOf = ({ everySeconds, type, registered }: AppTriggerRow): number =>
  type === 'WEBHOOK' && !registered ? Math.min(everySeconds ?? 300, 300) : (everySeconds ?? 300);

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

/** Seconds until it is asked again after failing: what the service says, else twice as long each time. */
function waitSeconds(error: CallError, everySeconds: number, failures: number): number {
  const isPassing = ['RATE_LIMIT', 'TEMPORARY', 'NETWORK', 'TIMEOUT'].includes(error.type);
  const own = Math.min(
    longestWaitSeconds,
    Math.max(everySeconds, (isPassing ? 30 : 60) * 2 ** Math.min(failures, 10)),
  );
  return Math.max(own, Math.ceil((error.retryAfterMs ?? 0) / 1000));
}

async function fail(
  services: PollServices,
  row: AppTriggerRow,
  held: Held,
  error: CallError,
): Promise<PollOutcome> {
  const failures = row.pollFailures + 1;
  const isAccount = error.type === 'AUTH';
  const seconds = isAccount
    ? lookAgainSeconds
    : waitSeconds(error, row.everySeconds ?? 300, row.pollFailures);
  const why = isAccount
    ? `${error.message} It is not asked again until the connection works: open it, renew it and press Test.`
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
  if (isFailing && (failures === failuresUntilTold || (isAccount && row.status !== 'failing')))
    await notify(services, row, {
      kind: 'trigger.failing',
      title: (workflow) => `“${workflow}” cannot look for new items`,
      body: why,
      dedupeKey: `poll:${row.id}:${clock!.now.toISOString()}`,
    });
  services.logger.info(
    { tenantId: row.tenantId, workflowId: row.workflowId, code: error.code, failures },
    'a poll failed',
  );
  return { kind: 'failed' };
}

/** The cursor that the next request is about: the kept one, else the first. */
async function cursorOf(services: PollServices, row: AppTriggerRow, poll: Poll, now: number) {
  if (row.cursor !== null) return JSON.parse(row.cursor) as Json;
  if (poll.cursor?.initial === undefined) return undefined;
  const { tenantId, connectionId } = row;
  const config = connectionId === null ? {} : (await services.openConnection(tenantId, connectionId)).config;
  const input = JSON.parse(row.input) as Json;
  return firstCursor(poll, { input, connection: config, now: new Date(now).toISOString() });
}

type PollTrigger = Trigger & { poll: Poll };

async function ask(services: PollServices, row: AppTriggerRow, held: Held): Promise<PollOutcome> {
  const { tenantId, connectionId } = row;
  const { connector, trigger } = await loadTrigger(services, row);
  const { poll } = trigger as PollTrigger;
  const outside = services.outside(tenantId);
  const kept = await cursorOf(services, row, poll, outside.now());
  const input = JSON.parse(row.input) as Json;
  const asked = await askPoll(
    {
      tenantId,
      connector,
      trigger: trigger as PollTrigger,
      input,
      openConnection: connectionId === null ? null : () => services.openConnection(tenantId, connectionId),
      cursor: askedCursor(poll, kept),
      isFirst: !row.primed,
      async enough(page) {
        const keys = tellItems(poll, page, { input }).map(({ key }) => key);
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
  const { items, cursor } = decidePoll(poll, told, {
    ...asked,
    kept,
    isFirst: !row.primed,
    isKnown: (key) => known.has(key),
  });
  const outputs = items.map(({ output }) => (output === undefined ? null : JSON.stringify(output)));
  passCrashPoint('before-poll-commit');
  const [committed] = await services.query<Committed>(
    'SELECT * FROM commit_poll($1::uuid,$2::uuid,$3::int,$4::bytea[],$5::text[],$6::text[],$7::text,$8::int,$9::int,$10::uuid[])',
    [
      tenantId,
      held.id,
      held.epoch,
      items.map(({ key }) => hashKey(key)),
      items.map(({ key }) => appReceiptKey(held, key)),
      outputs,
      cursor === undefined ? null : JSON.stringify(cursor),
      poll.keepSeen,
      everyOf(row),
      newRunIds(outputs.filter((output) => output !== null).length),
    ],
  );
  passCrashPoint('poll-committed');
  if (!committed) return { kind: 'lost' };
  if (committed.started > 0) services.ring();
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

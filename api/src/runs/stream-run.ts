import type { Context } from '../context.ts';
import { notFound } from '../fail.ts';
import { keepWaiting, streamEvents } from '../server-sent-events.ts';
import { coverLinks } from './cover-links.ts';
import { requireRun } from './find-run.ts';

const askEveryMs = 400;
const ended = new Set(['succeeded', 'failed', 'cancelled']);

/**
 * Sends the whole run whenever its journal has grown or its state has changed; the id is the journal's newest number.
 * Ends after the run has ended. Last-Event-ID: what the caller has seen is not sent again, unless the run has ended.
 * @throws CodedError not_found
 */
export async function streamRun(context: Context, runId: string): Promise<Response> {
  const { tenantId, request, services } = context;
  await context.read((tx) => requireRun(tx, tenantId, runId));
  const given = Number(request.headers.get('last-event-id') ?? -1);
  return streamEvents(request, async (send, signal) => {
    let seen = Number.isInteger(given) && given >= 0 ? given : -1;
    let shown = given >= 0 ? '' : null;
    do {
      const row = await context.read((tx) => requireRun(tx, tenantId, runId));
      const newest = await newestSeq(context, runId, seen);
      const isEnd = ended.has(row.status);
      if (
        newest > seen ||
        isEnd ||
        (shown !== null && shown !== '' && shown !== row.status) ||
        shown === null
      ) {
        const run = await services.engine.readRun(tenantId, runId);
        if (run === null) throw notFound('run');
        seen = Math.max(seen, newest);
        send({ event: 'run', id: Math.max(seen, 0), data: coverLinks(context, run) });
        if (ended.has(run.status)) return;
      }
      shown = row.status;
    } while (!services.draining && (await keepWaiting(askEveryMs, signal)));
  });
}

/** The number of the newest journal entry; `seen` when there is none after it. */
async function newestSeq(context: Context, runId: string, seen: number): Promise<number> {
  const { tenantId } = context;
  const newest = await context.read((tx) =>
    tx.runEvent.findFirst({
      where: { tenantId, runId, seq: { gt: seen } },
      orderBy: { seq: 'desc' },
      select: { seq: true },
    }),
  );
  return newest?.seq ?? seen;
}

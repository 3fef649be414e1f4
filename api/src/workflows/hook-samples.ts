// What a hook has received, kept as samples for the editor: the last ten, also before the workflow is published.
import type { Context } from '../context.ts';
import { assertFound } from '../fail.ts';
import { keepWaiting, streamEvents } from '../server-sent-events.ts';
import { requireWorkflow } from './find-workflow.ts';
import { forgetWorkflow } from './forget-workflow.ts';

const listenMs = 10 * 60_000;
const askEveryMs = 500;
const shown = 10;

type Sample = { id: string; at: Date; output: string };
const presentSample = ({ id, at, output }: Sample) => ({
  id,
  at: at.toISOString(),
  output: JSON.parse(output) as unknown,
});

/** For ten minutes calls of the hook are kept as samples, whether the workflow is live or not. Output: until when. */
export async function listenForSamples(context: Context, id: string): Promise<Date> {
  const { tenantId } = context;
  const until = await context.change(
    { action: 'workflow.listened', subject: `workflow:${id}` },
    async (tx) => {
      await requireWorkflow(tx, tenantId, id);
      const [clock] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
      const listeningUntil = new Date(clock!.now.getTime() + listenMs);
      const { count } = await tx.trigger.updateMany({ where: { tenantId, id }, data: { listeningUntil } });
      assertFound(count, 'workflow');
      return listeningUntil;
    },
  );
  await forgetWorkflow(context, id);
  return until;
}

/** The last ten, the newest first. @throws CodedError not_found */
export async function listSamples(context: Context, id: string) {
  const { tenantId } = context;
  const rows = await context.read(async (tx) => {
    await requireWorkflow(tx, tenantId, id);
    return tx.hookSample.findMany({
      where: { tenantId, triggerId: id },
      orderBy: { id: 'desc' },
      take: shown,
    });
  });
  return rows.map(presentSample);
}

/** Sends each new sample as it comes, for as long as the caller listens. Last-Event-ID: the last one seen. */
export async function streamSamples(context: Context, id: string): Promise<Response> {
  const { tenantId, request, services } = context;
  await context.read((tx) => requireWorkflow(tx, tenantId, id));
  const newestFirst = (tx: Parameters<Parameters<typeof context.read>[0]>[0]) =>
    tx.hookSample.findFirst({
      where: { tenantId, triggerId: id },
      orderBy: { id: 'desc' },
      select: { id: true },
    });
  const given = request.headers.get('last-event-id');
  let last = given ?? (await context.read(newestFirst))?.id ?? '';
  return streamEvents(request, async (send, signal) => {
    while (!services.draining && (await keepWaiting(askEveryMs, signal))) {
      const rows: Sample[] = await context.read((tx) =>
        tx.hookSample.findMany({ where: { tenantId, triggerId: id }, orderBy: { id: 'asc' }, take: 50 }),
      );
      for (const row of rows.filter((sample) => sample.id > last)) {
        send({ event: 'sample', id: row.id, data: presentSample(row) });
        last = row.id;
      }
    }
  });
}

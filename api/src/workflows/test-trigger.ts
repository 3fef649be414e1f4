// Trying the trigger of an app: what would runs start with? A poll is asked once; a webhook says where calls are to be sent.
import type { Json } from '@weftline/connectors/json';
import type { Poll, Trigger } from '@weftline/connectors/types';
import { openAppTrigger, sealForAppTrigger } from '@weftline/runner/triggers/app-trigger';
import { tryPoll } from '@weftline/runner/triggers/poll/try-poll';
import { ensureRow, isByHand } from '@weftline/runner/triggers/register-trigger';
import { hookUrlOf, makeSecret } from '@weftline/runner/triggers/subscription/request-subscription';
import type { Context } from '../context.ts';
import { invalidInput } from '../fail.ts';
import { type FoundTrigger, findWantedTrigger, triggerServices } from './app-trigger.ts';
import { checkWorkflow } from './check-workflow.ts';
import { requireWorkflow } from './find-workflow.ts';
import type { LooseDefinition } from './read-definition.ts';

/** Events of the hook that were kept as samples, the newest first. */
async function listCaught({ tenantId, read }: Context, triggerId: string): Promise<unknown[]> {
  const rows = await read((tx) =>
    tx.hookSample.findMany({ where: { tenantId, triggerId }, orderBy: { id: 'desc' }, take: 10 }),
  );
  return rows.map(({ output }) => JSON.parse(output) as unknown);
}

/** The address and the secret that a person gives the service. */
async function describeHook(context: Context, workflowId: string, wanted: FoundTrigger) {
  const { tenantId, services } = context;
  const { vault } = services;
  const row = await context.read((tx) => ensureRow(tx, tenantId, workflowId, wanted));
  const placed = { tenantId, id: row.id };
  if (!row.secretCipher) {
    const sealed = await sealForAppTrigger(vault, placed, 'secret_cipher', makeSecret(wanted.trigger));
    await context.read((tx) =>
      tx.appTrigger.updateMany({
        where: { ...placed, secretCipher: null },
        data: { secretCipher: new Uint8Array(sealed) },
      }),
    );
  }
  const kept = await context.read((tx) => tx.appTrigger.findFirst({ where: placed }));
  const { secret } = await openAppTrigger(vault, { ...row, secretCipher: kept?.secretCipher ?? null });
  return { hookUrl: hookUrlOf(services.env.PUBLIC_URL, row), ...(secret === null ? {} : { secret }) };
}

/**
 * Tries the trigger of the draft. What the service refuses is the answer.
 * @throws CodedError not_found; invalid_input with what is wrong with the trigger
 */
export async function testTrigger(context: Context, id: string) {
  const { tenantId, services } = context;
  const { row } = await context.read((tx) => requireWorkflow(tx, tenantId, id));
  const { pinned, problems } = await checkWorkflow(
    services,
    tenantId,
    JSON.parse(row.draft) as LooseDefinition,
  );
  const inTheWay = problems.filter(
    ({ path }) => path === '/trigger' || path.startsWith('/trigger/') || path.startsWith('/connections/'),
  );
  if (inTheWay.length > 0) throw invalidInput(inTheWay, 'Mend the trigger first; then it can be tried.');
  const wanted = await findWantedTrigger(services, tenantId, pinned);
  if (!wanted)
    throw invalidInput(
      [{ path: '/trigger', code: 'invalid_shape', message: 'The trigger is not one of an app.' }],
      'Only triggers of apps are tried in this way.',
    );
  const { connector, trigger, connectionId, input } = wanted;
  const byHand = isByHand(trigger);
  const hook = byHand ? await describeHook(context, id, wanted) : {};
  if (!trigger.poll) {
    const caught = await listCaught(context, id);
    const note = byHand
      ? `Register this address at ${connector.app.name} and let it send one event; while you listen, events are kept as samples.`
      : `${connector.app.name} calls when something happens. Turn the workflow on and do it once there, or build with the sample.`;
    return {
      ok: true,
      samples: caught.length > 0 ? caught : [trigger.sample],
      found: caught.length,
      note,
      ...hook,
    };
  }
  const { openConnection, outside } = triggerServices(services);
  const tried = await tryPoll(
    {
      tenantId,
      connector,
      trigger: trigger as Trigger & { poll: Poll },
      input: input as Json,
      openConnection: connectionId === null ? null : () => openConnection(tenantId, connectionId),
      signal: context.request.signal,
    },
    outside(tenantId),
  );
  const { request, response } = tried;
  if (!tried.ok) {
    const { code, type, message } = tried.error;
    return { ok: false, samples: [], error: { code, type, message }, request, response, ...hook };
  }
  const { samples, found, passed, isOlder } = tried;
  const note =
    found === 0
      ? 'The service has nothing yet. Build with the sample, or make one item there and try again.'
      : passed < found
        ? `${found} found, of which ${passed === 0 ? 'none passes' : `${passed} pass${passed === 1 ? 'es' : ''}`} the condition of this trigger${isOlder ? '; they are from before now' : ''}. Others start no run.`
        : isOlder
          ? 'These are from before now: turned on, the workflow starts with what comes afterwards.'
          : undefined;
  return {
    ok: true,
    samples: samples.length === 0 ? [trigger.sample] : samples,
    found,
    ...(note === undefined ? {} : { note }),
    request,
    response,
    ...hook,
  };
}

/** Changes of one trigger. What decides which events there are, and which are the same, may not change under a workflow. */
import { withDefs } from '../schemas/compose-schema.ts';
import type { Connector, Trigger } from '../types.ts';
import type { Change } from './change.ts';
import { diffSchemas } from './diff-schemas.ts';
import { same } from './same.ts';

const judged = new Set<string>([
  'key',
  'type',
  'inputSchema',
  'outputSchema',
  'poll',
  'webhook',
  'ingress',
  'hidden',
]);

export function diffTrigger(
  older: Connector,
  newer: Connector,
  from: Trigger,
  to: Trigger,
  path: string,
): Change[] {
  const key = `"${to.key}"`;
  const again = `${key} tells events apart differently, so old ones would fire again.`;
  const others = `${key} starts runs for other events.`;
  const rest = new Set([...Object.keys(from), ...Object.keys(to)].filter((name) => !judged.has(name)));
  return [
    ...same(from.type, to.type, `${path}/type`, 'major', `${key} hears of events in another way.`),
    ...diffSchemas(
      withDefs(older, from.inputSchema ?? {}),
      withDefs(newer, to.inputSchema ?? {}),
      `${path}/inputSchema`,
      'in',
    ),
    ...diffSchemas(
      withDefs(older, from.outputSchema),
      withDefs(newer, to.outputSchema),
      `${path}/outputSchema`,
      'out',
    ),
    ...same(from.poll?.dedupeKey, to.poll?.dedupeKey, `${path}/poll/dedupeKey`, 'major', again),
    ...same(from.poll?.updatedKey, to.poll?.updatedKey, `${path}/poll/updatedKey`, 'major', again),
    ...same(from.poll?.cursor, to.poll?.cursor, `${path}/poll/cursor`, 'major', again),
    ...same(from.poll?.filter, to.poll?.filter, `${path}/poll/filter`, 'major', others),
    ...same(
      from.webhook?.receive.eventId,
      to.webhook?.receive.eventId,
      `${path}/webhook/receive/eventId`,
      'major',
      again,
    ),
    ...same(
      from.webhook?.receive.filter,
      to.webhook?.receive.filter,
      `${path}/webhook/receive/filter`,
      'major',
      others,
    ),
    ...same(from.ingress?.match, to.ingress?.match, `${path}/ingress/match`, 'major', others),
    ...diffSigning(from, to, path),
    ...same(from.poll, to.poll, `${path}/poll`, 'patch', `How ${key} asks changed.`),
    ...same(
      from.webhook,
      to.webhook,
      `${path}/webhook`,
      'patch',
      `How ${key} is subscribed or received changed.`,
    ),
    ...same(from.ingress, to.ingress, `${path}/ingress`, 'patch', `What ${key} makes of events changed.`),
    ...same(
      from.hidden === true,
      to.hidden === true,
      `${path}/hidden`,
      'minor',
      `${key} is ${to.hidden ? 'no longer' : 'now'} listed.`,
    ),
    ...[...rest].flatMap((name) =>
      same(
        from[name as keyof Trigger],
        to[name as keyof Trigger],
        `${path}/${name}`,
        'patch',
        `"${name}" of ${key} changed.`,
      ),
    ),
  ];
}

/** Who asks or subscribes decides what is told. */
function diffSigning(from: Trigger, to: Trigger, path: string): Change[] {
  const signed = ({ poll, webhook }: Trigger) => ({
    'poll/request': poll?.request,
    'webhook/subscribe': webhook?.subscribe,
    'webhook/renew/request': webhook?.renew?.request,
  });
  const [before, after] = [signed(from), signed(to)];
  const authOf = (request: object): string => ('auth' in request ? String(request.auth) : 'inherit');
  return (Object.keys(before) as (keyof typeof before)[]).flatMap((place) => {
    const [old, now] = [before[place], after[place]];
    if (!old || !now) return [];
    const message = `"${to.key}" asks with other credentials, so it may start runs for other events.`;
    return same(authOf(old), authOf(now), `${path}/${place}/auth`, 'major', message);
  });
}

// The connections that a call at an app's one address may belong to, each with the call as its credentials see it.
import type { Connector, Ingress } from '@weftline/connectors/types';
import type { IncomingCall } from '../executor/receive/incoming-call.ts';
import { appSecretsOf } from '../executor/other-auth.ts';
import { keyHostsOf, openCall, secretsOf, type OpenedCall } from '../executor/receive/open-call.ts';
import { readEventId, type EventItem } from '../executor/receive/read-events.ts';
import type { OpenConnection } from '../executor/types.ts';
import { type AppIngress, openStored, storeForIngress } from './app-ingress.ts';
import { finishHandshake, openIfThere } from './finish-handshake.ts';
import type { HookAnswer } from './hook-answer.ts';
import type { HookCall } from './read-hook-body.ts';
import type { ReceiveServices } from './receive-services.ts';

/** A connection that the call may belong to; null: there is none, and only what needs no secret can be answered. */
export type Candidate = { connection: OpenConnection | null; opened: OpenedCall };

/** A call at the one address of an app, and the app's newest version that reads it. */
export type Taken = {
  ingress: AppIngress;
  connector: Connector;
  rules: Ingress;
  incoming: IncomingCall;
  nowMs: number;
};

/** The route of one event; null: it names none. */
export const routeOf = ({ routeBy }: Ingress, { scope }: EventItem): string | null =>
  routeBy === undefined ? null : readEventId(routeBy.event, scope);

/** Opens the call for each of these connections, bounded by who lists them; one candidate without a connection where there is none. */
export async function openCandidates(
  services: ReceiveServices,
  { ingress, connector, rules, incoming, nowMs }: Taken,
  call: HookCall,
  ids: readonly string[],
): Promise<Candidate[]> {
  const { tenantId } = ingress;
  const stored = await openStored(services.vault, ingress);
  const webhook = { url: `${services.publicUrl}/hooks/${call.key}` };
  const candidateOf = (connection: OpenConnection | null): Candidate => {
    const { credentials, config } = connection ?? {};
    const fetchKey = services.fetchKeys({
      ...services.outside(tenantId),
      tenantId,
      allowedHosts: keyHostsOf(connector, config),
    });
    return {
      connection,
      opened: openCall({
        receive: rules.receive,
        call: incoming,
        values: {
          ...(credentials ? { credentials } : {}),
          ...(config ? { connection: config } : {}),
          webhook,
          stored,
          nowMs,
        },
        fetchKey,
        ownSecrets: [
          ...secretsOf(connector, connection?.authKey, credentials),
          ...(connection ? appSecretsOf(connection) : []),
          call.key,
        ],
      }),
    };
  };
  const connections = await Promise.all(ids.map((id) => openIfThere(services, tenantId, id)));
  const open = connections.filter((connection) => connection !== null);
  return open.length === 0 ? [candidateOf(null)] : open.map(candidateOf);
}

/** The first handshake that any of the connections answers; of refusals the last one. Null: it is no handshake. */
export async function greet(
  services: ReceiveServices,
  { ingress, connector }: Taken,
  candidates: readonly Candidate[],
): Promise<HookAnswer | null> {
  const { tenantId, appKey } = ingress;
  let refused: HookAnswer | null = null;
  for (const { connection, opened } of candidates) {
    const answer = await finishHandshake(
      services,
      opened,
      { tenantId, appKey },
      (values, isVerified) => storeForIngress(services, ingress, values, isVerified),
      {
        tenantId,
        connector,
        openConnection: connection && (() => services.openConnection(tenantId, connection.id)),
        input: {},
        callId: 'handshake',
        dependencies: services.outside(tenantId),
      },
    );
    if (answer === null) continue;
    if (answer.status === 'declared') return answer;
    refused = answer;
  }
  return refused;
}

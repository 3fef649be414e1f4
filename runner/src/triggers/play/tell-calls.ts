// A way out that answers as a fixture tells, whichever of several requests comes first. No socket is opened.
import type { Json } from '@weftline/connectors/json';
import type { FixtureCall, TriggerFixture } from '@weftline/connectors/load-apps';
import type { Connector } from '@weftline/connectors/types';
import { compareRequest } from '../../executor/play/compare-request.ts';
import { createPlayedEgress, type SentRequest } from '../../executor/play/played-egress.ts';
import type { OpenConnection } from '../../executor/types.ts';
import type { Egress } from '../../platform/egress/create-egress.ts';

export type ToldCalls = {
  egress: Egress;
  /** What differs from what was told; a request that was told and never made is one of them. */
  faults(): string[];
};

/** Each request is answered by the told call of its address, else by the next one that is left. */
export const tellCalls = (calls: readonly FixtureCall[]): ToldCalls => {
  const taken = new Set<number>();
  const sent = new Map<number, SentRequest>();
  const untold: string[] = [];
  const request: Egress['request'] = async (asked) => {
    const left = [...calls.keys()].filter((index) => !taken.has(index));
    const index = left.find((place) => calls[place]?.request.url === asked.url) ?? left[0];
    if (index === undefined)
      untold.push(`One request more than the fixture tells: ${asked.method} ${asked.url}`);
    else taken.add(index);
    const answers = index === undefined ? [] : [calls[index]?.response as Json];
    const played = createPlayedEgress(answers, false);
    try {
      return await played.egress.request(asked);
    } finally {
      if (index !== undefined && played.sent[0]) sent.set(index, played.sent[0]);
    }
  };
  const faults = () => [
    ...calls.flatMap((call, index) =>
      compareRequest(call.request as Json, sent.get(index)).map((fault) =>
        calls.length > 1 ? `Request ${index + 1}: ${fault}` : fault,
      ),
    ),
    ...untold,
  ];
  return { egress: { request, check: () => undefined, close: async () => undefined }, faults };
};

/** The connection that a fixture names; null where it names none. */
export const connectionOf = (
  connector: Connector,
  { auth, credentials, config = {} }: TriggerFixture,
): (() => Promise<OpenConnection>) | null =>
  credentials === undefined && auth === undefined
    ? null
    : async () => ({
        id: 'fixture',
        name: 'Fixture',
        authKey: auth ?? connector.auth[0]?.key ?? '',
        config,
        credentials: credentials ?? {},
        saveCredentials: async () => undefined,
      });

/** Milliseconds since 1970. */
export const clockOf = ({ now }: TriggerFixture): number =>
  now === undefined ? Date.now() : Date.parse(now);

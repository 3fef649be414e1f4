// One fixture of an action, played by the executor that runs workflows. Nothing leaves the process.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@weftline/connectors/json';
import type { Fixture, FixtureCall } from '@weftline/connectors/load-apps';
import type { Connector } from '@weftline/connectors/types';
import { callAction } from '../call-action.ts';
import type { CallResult } from '../types.ts';
import { compareRequest } from './compare-request.ts';
import { createPlayedEgress, type SentRequest } from './played-egress.ts';
import { createPlayedFiles } from './played-files.ts';
import { playedAt } from './play-examples.ts';

/** What became of one example or fixture. */
export type Played = { action: string; title: string; ok: boolean; faults: string[] };

/** What an action sends for a fixture, answered as the fixture tells. */
export const sendFixture = async (
  connector: Connector,
  fixture: Fixture,
): Promise<{ told: FixtureCall[]; sent: SentRequest[]; result: CallResult }> => {
  const { action, request, response, calls, credentials, config = {} } = fixture;
  const told = [{ request, response }, ...(calls ?? [])];
  const { egress, sent } = createPlayedEgress(
    told.map((call) => call.response as Json),
    calls === undefined,
  );
  const hasConnection = credentials !== undefined || fixture.auth !== undefined;
  const result = await callAction(
    {
      tenantId: 'example',
      connector,
      action,
      input: fixture.input,
      openConnection: hasConnection
        ? async () => ({
            id: randomUUID(),
            name: 'Fixture',
            authKey: fixture.auth ?? connector.auth[0]?.key ?? '',
            config,
            credentials: credentials ?? {},
            saveCredentials: async () => undefined,
          })
        : null,
      run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'fixture-idempotency-key' },
      timeoutMs: 5_000,
    },
    { egress, now: () => Date.parse(playedAt), files: createPlayedFiles() },
  );
  return { told, sent, result };
};

/** @returns what differs from what the fixture tells */
export const playFixture = async (connector: Connector, fixture: Fixture): Promise<Played> => {
  const { action, title } = fixture;
  const { told, sent, result } = await sendFixture(connector, fixture);
  const faults = told.flatMap((call, index) =>
    compareRequest(call.request as Json, sent[index]).map((fault) =>
      told.length > 1 ? `Request ${index + 1}: ${fault}` : fault,
    ),
  );
  faults.push(...compareResult(fixture, result));
  return { action, title, ok: faults.length === 0, faults };
};

const compareResult = ({ error, output }: Fixture, result: CallResult): string[] => {
  if (error === undefined) {
    if (!result.ok) return [`It failed: ${result.error.message}`];
    return isDeepStrictEqual(result.output, output)
      ? []
      : [`The output is ${JSON.stringify(result.output).slice(0, 300)}.`];
  }
  if (result.ok) return ['It succeeded, and the fixture tells of a failure.'];
  const { type, remoteCode, message } = result.error;
  const fits =
    type === error.type &&
    (error.code === undefined || error.code === remoteCode) &&
    message.includes(error.message ?? '');
  return fits ? [] : [`The failure is ${type} ${remoteCode ?? ''}: ${message}`];
};

import type { Json } from '@weftline/connectors/json';
import { callAction } from '@weftline/runner/executor/call-action';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import { shareRates } from '@weftline/runner/rates/share-rates';
import { uuidv7 } from 'uuidv7';
import type { Context } from '../context.ts';
import { notFound } from '../fail.ts';
import { findUsableConnector } from './find-connector.ts';
import { presentCall } from './present-call.ts';
import { requireAppConnection } from './require-app-connection.ts';

export type ActionTest = {
  version?: string | undefined;
  connectionId?: string | null | undefined;
  input: { [member: string]: unknown };
};

/**
 * Runs one action as a step would, on a version or on the draft. The service's refusal is an answer, not a failure.
 * @throws CodedError not_found (app, version, action, connection), invalid_input (unfinished draft, foreign connection)
 */
export async function testAction(context: Context, key: string, action: string, test: ActionTest) {
  const { tenantId, services } = context;
  const { connector } = await findUsableConnector(services, tenantId, key, test.version);
  if (!connector.actions.some((one) => one.key === action)) throw notFound('action');
  const { connectionId } = test;
  if (connectionId) await requireAppConnection(context, key, connectionId);
  const runId = uuidv7();
  const result = await callAction(
    {
      tenantId,
      connector,
      action,
      input: test.input as Json,
      openConnection: connectionId ? () => openConnection(services, tenantId, connectionId) : null,
      run: {
        id: runId,
        stepId: 'test',
        attempt: 1,
        idempotencyKey: await services.vault.idempotencyKey(tenantId, runId, 'test'),
      },
      signal: context.request.signal,
    },
    {
      egress: services.egress,
      now: () => services.clock().getTime(),
      lockRefresh: createLockRefresh(services.database, tenantId),
      rates: shareRates(services.database, tenantId),
      files: services.files.of(tenantId),
    },
  );
  return presentCall(result);
}

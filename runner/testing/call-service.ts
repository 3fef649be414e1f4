// Calls one action of a connector that can be saved, at a service on loopback that answers as a test says.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '@weftline/connectors/json';
import type { Action, Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { callAction } from '../src/executor/call-action.ts';
import type { Call, CallResult, ExecutorDependencies } from '../src/executor/types.ts';
import { createEgress } from '../src/platform/egress/create-egress.ts';
import type { EgressCaps } from '../src/platform/egress/create-egress.ts';

export type Service = { host: string; calls: IncomingMessage[]; close: () => Promise<void> };

/** Starts a service on a free port. */
export const startService = async (listener: RequestListener): Promise<Service> => {
  const calls: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    calls.push(request);
    listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export type ServiceCall = {
  host: string;
  action: Partial<Action>;
  input?: Json;
  connector?: Partial<Connector>;
  caps?: Partial<EgressCaps>;
  call?: Partial<Call>;
  dependencies?: Partial<ExecutorDependencies>;
  /** For a document that a newer version of us has published. */
  isUnchecked?: boolean;
};

/** @throws Error when the connector has problems */
export const callService = async (given: ServiceCall): Promise<CallResult> => {
  const written: Connector = {
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: `http://${given.host}`,
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    actions: [
      {
        key: 'do',
        name: 'Do',
        method: 'GET',
        endpointTemplate: '/do',
        inputSchema: {},
        outputSchema: {},
        ...given.action,
      } as Action,
    ],
    ...given.connector,
  };
  // Undefined members take the preset ones out.
  const connector = JSON.parse(JSON.stringify(written)) as Connector;
  const problems = given.isUnchecked === true ? [] : validateConnector(connector, 'save');
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const egress = createEgress({ allow: [given.host], caps: given.caps ?? {} });
  try {
    return await callAction(
      {
        tenantId: 't',
        connector,
        action: 'do',
        input: given.input ?? {},
        openConnection: null,
        run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'KEY' },
        ...given.call,
      },
      { egress, now: Date.now, ...given.dependencies },
    );
  } finally {
    await egress.close();
  }
};

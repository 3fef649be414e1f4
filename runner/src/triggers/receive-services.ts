// What taking calls of apps is given, and what is said of every call: one line in the log and one count.
import type { Json } from '@weftline/connectors/json';
import { withDefs } from '@weftline/connectors/schemas/compose-schema';
import type { Connector, Trigger } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import type { Engine } from '../engine.ts';
import type { FetchKey, KeyAsker } from '../executor/receive/fetch-key.ts';
import type { FilledAnswer } from '../executor/receive/fill-answer.ts';
import type { IncomingCall } from '../executor/receive/incoming-call.ts';
import { sentenceFor, type SenderFault } from '../executor/receive/sender-verdict.ts';
import type { AppTriggerServices } from './app-trigger-services.ts';
import type { HookCall } from './read-hook-body.ts';
import type { HookAnswer } from './hook-answer.ts';

export type ReceiveServices = AppTriggerServices & {
  engine: Pick<Engine, 'accept' | 'acceptAll'>;
  clock(): number;
  fetchKeys: (asker: KeyAsker) => FetchKey;
  /** `taken`, `handshake`, `refused`, `nothing` (no event of it counts), `unrouted`. */
  onCall?(outcome: string): void;
};

/** The call as the service made it: through our public address, whatever stands before us. */
export const incomingCall = (call: HookCall, publicUrl: string): IncomingCall => ({
  method: call.method,
  url: `${publicUrl}/hooks/${call.key}${call.search ?? ''}`,
  query: call.query,
  headers: call.headers,
  rawBody: call.rawBody,
});

const bare = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Programs that only look at an address start nothing, where the address is all that protects it. */
export const isOnlyLook = ({ method }: HookCall, checks: readonly unknown[]): boolean =>
  checks.length === 0 && bare.has(method);

export const refusal = (reason: SenderFault): HookAnswer =>
  reason === 'key_unavailable'
    ? {
        status: 503,
        code: 'unavailable',
        message: 'The key that this call is signed with cannot be fetched right now. Send it again later.',
        retryAfterSeconds: 30,
      }
    : { status: 401, code: 'not_signed_in', message: sentenceFor(reason) };

/** What was declared, else 200 with the ids of the runs. */
export const declaredAnswer = (
  answer: FilledAnswer,
  isDeclared: boolean,
  runIds: readonly string[],
): HookAnswer => ({
  status: 'declared',
  answer: isDeclared
    ? answer
    : {
        status: 200,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({ runIds }),
      },
  runIds: [...runIds],
});

/** Says where outputs are not of the form that the app describes; they start runs all the same. Values are not logged. */
export function warnOfOutputs(
  { logger }: Pick<ReceiveServices, 'logger'>,
  facts: { tenantId: string; workflowId: string },
  connector: Connector,
  trigger: Trigger,
  outputs: readonly Json[],
): void {
  const schema = withDefs(connector, trigger.outputSchema);
  const paths = new Set(outputs.flatMap((output) => validateValue(schema, output).map(({ path }) => path)));
  if (paths.size === 0) return;
  logger.warn(
    { ...facts, paths: [...paths].slice(0, 10) },
    'an event is not of the form that its app describes',
  );
}

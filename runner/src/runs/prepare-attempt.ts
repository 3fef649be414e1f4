// From a step of a workflow to one attempt of one call: action, connection, key, policy.
import {
  evaluateCondition,
  evaluateTemplate,
  isTemplate,
  parseTemplate,
} from '@weftline/connectors/expression';
import { findAction, parseUse } from '@weftline/connectors/find-action';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Action, Connector } from '@weftline/connectors/types';
import type { CodePool } from '../code/code-pool.ts';
import { composeInputSchema } from '../executor/compose-schemas.ts';
import { hideSecretInputs } from '../executor/list-secret-inputs.ts';
import type { Call, CallChain, CallResult, OpenConnection } from '../executor/types.ts';
import { CodedError } from '../platform/errors.ts';
import { iterationNumber, iterationsAround, localId } from '../workflow/step-address.ts';
import type { RepeatSafety } from '../workflow/retry-policy.ts';
import type { CalledStep } from '../workflow/place-work.ts';
import type { WorkflowDefinition } from '../workflow/types.ts';
import { prepareProbe } from './ask-probe.ts';
import { type ChildServices, prepareChild } from './call-workflow.ts';
import type { Attempt, RunTicket } from './decide-run.ts';
import { prepareCode } from './prepare-code.ts';

export type AttemptServices = {
  findApp(tenantId: string, key: string, version: string): Promise<Connector | null>;
  openConnection(tenantId: string, connectionId: string): Promise<OpenConnection>;
  idempotencyKey(tenantId: string, runId: string, stepId: string, iteration: number): Promise<string>;
  callAction(call: Call): Promise<CallResult>;
  /** Runs code steps; absent: this process runs none. */
  code?: Pick<CodePool, 'run'>;
  /** What steps that start other workflows need; absent: nothing can be started here. */
  children?: ChildServices;
  /** What calls of a run tell our own addresses; absent: nothing. */
  callChain?(ticket: RunTicket): CallChain | undefined;
};

/** Steps may run 30 s, and 300 s at most. */
export const timeouts = { presetMs: 30_000, mostMs: 300_000 } as const;

/**
 * Whether an action may be sent again when its outcome is not known. Decided by what the action declares and, where its method
 * is an input, by that method. `idempotency.askWhen` may leave it to a person all the same.
 */
export function safetyOf(action: Action, input: Json): RepeatSafety {
  const asks = action.idempotency?.askWhen;
  if (asks && evaluateCondition(parseTemplate(asks), { input }, { missing: 'drop' })) return 'unsafe';
  const isChosen = isTemplate(action.method);
  const method = isChosen
    ? evaluateTemplate(parseTemplate(action.method), { input }, { missing: 'drop' })
    : action.method;
  if (['GET', 'HEAD', 'OPTIONS'].includes(String(method ?? 'GET').toUpperCase())) return 'safe';
  if (action.effect === 'read' && !isChosen) return 'safe';
  return (action.idempotency?.mode ?? 'none') === 'none' ? 'unsafe' : 'idempotent';
}

/** Makes the function that executeRun asks for an attempt. */
export function attemptPreparer(services: AttemptServices) {
  return async (
    ticket: RunTicket,
    definition: WorkflowDefinition,
    step: CalledStep,
    input: Json,
    number: number,
  ): Promise<Attempt> => {
    if (step.kind === 'code') {
      const { code, idempotencyKey } = services;
      if (!code)
        throw new CodedError({ code: 'capability_missing', message: 'This process runs no code steps.' });
      const ownKey = await idempotencyKey(
        ticket.tenantId,
        ticket.state.keyRuns[step.id] ?? ticket.runId,
        localId(step.id),
        iterationNumber(step.id),
      );
      return prepareCode(ticket.tenantId, step, input, ownKey, code);
    }
    if (step.kind === 'workflow') {
      const { children, idempotencyKey } = services;
      if (!children)
        throw new CodedError({ code: 'capability_missing', message: 'This process starts no runs.' });
      // Never under a former run's key: whoever starts this step again wants another run.
      const key = await idempotencyKey(
        ticket.tenantId,
        ticket.runId,
        localId(step.id),
        iterationNumber(step.id),
      );
      return prepareChild(children, ticket, step, input, key);
    }
    const use = parseUse(step.use);
    const connector = use && (await services.findApp(ticket.tenantId, use.app, use.version));
    const action = connector && findAction(connector, use.key);
    if (!use || !connector || !action)
      throw new CodedError({
        code: 'not_found',
        message: `The step uses ${step.use}, which is not published here.`,
      });
    const slot = step.connection ? definition.connections?.[step.connection] : undefined;
    if (step.connection && !slot?.connectionId)
      throw new CodedError({
        code: 'not_found',
        message: `No connection is chosen for "${step.connection}".`,
      });
    const key = await services.idempotencyKey(
      ticket.tenantId,
      keyRunOf(ticket, step.id),
      localId(step.id),
      iterationNumber(step.id),
    );
    const timeoutMs = Math.min(
      step.timeoutMs ?? action.timeoutMs ?? connector.defaults?.timeoutMs ?? timeouts.presetMs,
      timeouts.mostMs,
    );
    const openConnection = slot?.connectionId
      ? () => services.openConnection(ticket.tenantId, slot.connectionId!)
      : null;
    const run = {
      id: ticket.runId,
      stepId: step.id,
      attempt: number,
      idempotencyKey: key,
    };
    const call = (action: string, input: Json, signal: AbortSignal) =>
      services.callAction({
        tenantId: ticket.tenantId,
        connector,
        action,
        input,
        openConnection,
        run,
        callChain: services.callChain?.(ticket),
        timeoutMs,
        signal,
      });
    const { verify } = action;
    return {
      key,
      // The journal is kept for long: secrets among the inputs stay out of it.
      input: isJsonObject(input) ? hideSecretInputs(composeInputSchema(connector, action), input) : input,
      safety: safetyOf(action, input),
      retry: { ...retryOf(connector.defaults?.retry), ...retryOf(action.retry), ...step.retry },
      call: (signal) => call(use.key, input, signal),
      ...(verify
        ? {
            probe: prepareProbe(verify, input, run, openConnection, (probeInput, signal) =>
              call(verify.action, probeInput, signal),
            ),
          }
        : {}),
    };
  };
}

/** The run that a step takes its key from: a former one where that one, or its iteration, did not come to an end. */
function keyRunOf({ state, runId }: RunTicket, address: string): string {
  const around = iterationsAround(address).findLast((iteration) => state.keyRuns[iteration] !== undefined);
  return state.keyRuns[address] ?? (around === undefined ? runId : state.keyRuns[around]!);
}

const retryOf = (retry: Action['retry']) =>
  retry
    ? {
        ...(retry.maxRetries === undefined ? {} : { maxRetries: retry.maxRetries }),
        ...(retry.initialDelayMs === undefined ? {} : { initialDelayMs: retry.initialDelayMs }),
        ...(retry.maxDelayMs === undefined ? {} : { maxDelayMs: retry.maxDelayMs }),
        ...(retry.backoff === undefined ? {} : { backoff: retry.backoff }),
        ...(retry.jitter === undefined ? {} : { jitter: retry.jitter }),
      }
    : {};

// The probe that an action declares for the case that nobody knows whether it happened: a reading call of its own.
import {
  evaluateCondition,
  evaluateValue,
  ExpressionError,
  parseTemplate,
} from '@weftline/connectors/expression';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Verify } from '@weftline/connectors/types';
import type { RunFacts } from '../executor/build-request.ts';
import type { CallResult, OpenConnection } from '../executor/types.ts';
import type { EventBody } from '../journal/events.ts';
import { isCodedError } from '../platform/errors.ts';

/** What the probe found; `found` null: it cannot be told. */
export type ProbeAnswer = {
  found: boolean | null;
  why: string;
  output?: Json;
  request?: Json;
  response?: Json;
  tookMs: number;
};

export type Probe = { action: string; input: Json; ask(signal: AbortSignal): Promise<ProbeAnswer> };

const undecided = (why: string, tookMs = 0): ProbeAnswer => ({ found: null, why, tookMs });

/** Reads what the probe's call answered. Pure. A service that says "not there" counts as an answer; other faults do not. */
export function judgeProbe(verify: Verify, result: CallResult, input: Json, run: RunFacts): ProbeAnswer {
  const { request, response, tookMs } = result;
  const seen = {
    request: request as Json,
    response: response as Json,
    tookMs: Math.round(tookMs),
  };
  if (!result.ok && (result.error.type !== 'NOT_FOUND' || response === null))
    return { found: null, why: `The probe ${verify.action} failed: ${result.error.message}`, ...seen };
  const scope = {
    input,
    run: { ...run },
    output: result.ok ? result.output : null,
    status: response!.status,
    headers: response!.headers,
    body: response!.body,
  };
  try {
    const found = evaluateCondition(parseTemplate(verify.foundWhen), scope, { missing: 'drop' });
    const why = found
      ? `The probe ${verify.action} found what was sent.`
      : `The probe ${verify.action} did not find what was sent.`;
    return { found, why, ...(result.ok ? { output: result.output } : {}), ...seen };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { found: null, why: `The probe ${verify.action} cannot be judged: ${error.message}`, ...seen };
  }
}

/** Makes the probe of an action. `call` sends the probe's own request with its filled input. */
export function prepareProbe(
  verify: Verify,
  input: Json,
  run: RunFacts,
  openConnection: (() => Promise<OpenConnection>) | null,
  call: (input: Json, signal: AbortSignal) => Promise<CallResult>,
): Probe {
  return {
    action: verify.action,
    input: verify.input as Json,
    async ask(signal) {
      const started = performance.now();
      try {
        const readsConnection = JSON.stringify(verify.input).includes('connection');
        const connection = readsConnection && openConnection ? (await openConnection()).config : {};
        const scope = { input, run: { ...run }, connection };
        const filled = evaluateValue(verify.input as Json, scope, { missing: 'fail' }) ?? {};
        return judgeProbe(verify, await call(filled, signal), input, run);
      } catch (error) {
        const isOurs = error instanceof ExpressionError || isCodedError(error);
        const message = isOurs ? error.message : 'something failed inside Weftline.';
        return undecided(
          `The probe ${verify.action} could not be made: ${message}`,
          Math.round(performance.now() - started),
        );
      }
    },
  };
}

/** A doubt in place of a question to a person, where the action can be asked itself. */
export function doubt(body: EventBody, probe: Probe | undefined): EventBody {
  if (body.type !== 'StepUnknown' || !probe) return body;
  return {
    ...body,
    type: 'StepDoubted',
    payload: {
      ...body.payload,
      why: `No answer is known, so the probe ${probe.action} is asked whether it happened.`,
    },
  };
}

/** The entries after a probe: done, sent once more with the same key, or left to a person. Pure. */
export function settleByProbe(
  stepId: string,
  attempt: number,
  answer: ProbeAnswer,
  request: Json,
): EventBody[] {
  const { found, why } = answer;
  const asked: EventBody = { type: 'ProbeCompleted', step: stepId, payload: answer };
  if (found === true)
    return [asked, { type: 'StepCompleted', step: stepId, payload: { output: null, why, request } }];
  if (found === false)
    return [
      asked,
      {
        type: 'StepFailed',
        step: stepId,
        payload: {
          attempt,
          retryInMs: 0,
          request,
          error: { code: 'outcome_unknown', message: `${why} It is sent again with the same key.` },
        },
      },
    ];
  return [
    asked,
    {
      type: 'StepUnknown',
      step: stepId,
      payload: {
        attempt,
        why: `${why} Whether it happened is not known, so it is not sent again by itself. Look at the service and settle it.`,
        ...(isJsonObject(request) ? { request } : {}),
      },
    },
  ];
}

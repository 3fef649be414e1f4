// One call of a hook, whichever way it came in: what the engine makes of it, as status, headers and text.
import { type ErrorCode, isErrorCode } from '@weftline/runner/platform/errors';
import { refusedHeader } from '@weftline/runner/platform/call-chain';
import { hookFault, type HookAnswer } from '@weftline/runner/triggers/take-hook';
import { runLimitHeaders } from '../quota-errors.ts';
import type { Services } from '../services.ts';

export type IncomingCall = {
  key: string;
  method: string;
  /** Names in lower case; lines of one name are joined. */
  headers: Record<string, string>;
  /** With its `?`; empty when there is none. */
  search: string;
  rawBody: Buffer;
};

export type PlainAnswer = { status: number; headers: Record<string, string>; body: string | null };

const json = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };

/** @throws what nobody foresaw; everything else is an answer */
export async function answerCall(
  services: Services,
  requestId: string,
  call: IncomingCall,
): Promise<PlainAnswer> {
  const answer = await services.takeHook({ ...call, query: readQuery(call.search) }).catch(hookFault);
  return present(answer, services, requestId);
}

/** Query parameters; one that comes several times is a list. */
export function readQuery(search: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = Object.create(null);
  if (search === '') return query;
  const parameters = new URLSearchParams(search);
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    query[name] = values.length === 1 ? values[0]! : values;
  }
  return query;
}

function present(answer: HookAnswer, services: Services, requestId: string): PlainAnswer {
  if (answer.status === 'declared') {
    // What an app declares goes out as it is; answers with a body never leave a type to a browser's guess.
    const { status, headers, body } = answer.answer;
    const isBare = status === 204 || status === 205 || status === 304;
    return { status, headers: { 'cache-control': 'no-store', ...headers }, body: isBare ? null : body };
  }
  if (answer.status === 202) {
    const body = { runId: answer.runId, ...(answer.captured ? { captured: true } : {}) };
    return { status: 202, headers: json, body: JSON.stringify(body) };
  }
  // Calls that came together were counted together: at a refusal the hour is used up.
  const { status, message, retryAfterSeconds, allowed, chain } = answer;
  const code: ErrorCode = isErrorCode(answer.code) ? answer.code : 'internal';
  const details = chain ? { chain } : allowed === undefined ? {} : { used: allowed, limit: allowed };
  return {
    status,
    headers: {
      ...json,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(allowed === undefined ? {} : runLimitHeaders(allowed, allowed, services.clock())),
      ...(chain === undefined ? {} : { [refusedHeader]: 'call_cycle' }),
    },
    body: JSON.stringify({ error: { code, message, requestId, details } }),
  };
}

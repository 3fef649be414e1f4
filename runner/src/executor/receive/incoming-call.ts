// A call that comes in, and what templates read of it. Its body is read when a template first asks for it: most refusals never do.
import type { Scope } from '@weftline/connectors/expression';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { Receive } from '@weftline/connectors/types';
import { CodedError } from '../../platform/errors.ts';
import { readCallBody } from './read-call-body.ts';

export type IncomingCall = {
  method: string;
  /** Our public address as the service calls it, with its query: part of what some services sign. */
  url: string;
  query: { [name: string]: string | string[] };
  /** Lower-case names. */
  headers: { [name: string]: string };
  rawBody: Buffer;
};

/** What a call is judged with; opened for this call and handed on, never kept. */
export type CallValues = {
  credentials?: { [name: string]: string };
  /** Settings of the connection. */
  connection?: JsonObject;
  webhook?: { url: string; secret?: string | null };
  subscription?: JsonObject;
  stored?: JsonObject;
  input?: JsonObject;
  /** Milliseconds since 1970. */
  nowMs: number;
};

/** A scope with further roots. Roots that are read late stay so: a spread would read them all. */
export function withRoots(scope: Scope, more: { [root: string]: Json | undefined }): Scope {
  const roots: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(scope) as PropertyDescriptorMap;
  for (const [name, value] of Object.entries(more))
    if (value !== undefined) roots[name] = { value, enumerable: true, configurable: true };
  return Object.defineProperties({}, roots) as Scope;
}

const late = (read: () => Json | undefined): PropertyDescriptor => {
  let known: { value: Json | undefined } | undefined;
  return { get: () => (known ??= { value: read() }).value, enumerable: true, configurable: true };
};

/** What events may read: the call, `input` and `connection`. Nothing in it is secret but what the caller itself sent. */
export function callScope(
  call: IncomingCall,
  format: Receive['bodyFormat'],
  { input = {}, connection = {}, nowMs }: CallValues,
): Scope {
  const body = (): Json | undefined => {
    try {
      return readCallBody(call, format);
    } catch (error) {
      if (error instanceof CodedError) return undefined;
      throw error;
    }
  };
  return Object.defineProperties(
    {
      method: call.method,
      url: call.url,
      query: { ...call.query },
      headers: Object.fromEntries(Object.entries(call.headers)),
      input,
      connection,
      now: new Date(nowMs).toISOString(),
    },
    { body: late(body), rawBody: late(() => call.rawBody.toString('utf8')) },
  ) as unknown as Scope;
}

/** What sender checks, handshakes and answers may read besides: credentials, the webhook's secret, what was stored. */
export function secretScope(scope: Scope, values: CallValues): Scope {
  const { credentials = {}, webhook, subscription = {}, stored = {} } = values;
  const { secret, ...address } = webhook ?? { url: '' };
  return withRoots(scope, {
    credentials,
    subscription,
    stored,
    webhook: { ...address, ...(secret ? { secret } : {}) },
  });
}

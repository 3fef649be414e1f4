// Our own answer to a call that would close a circle of workflows: whatever the app makes of answers, it is a failure.
import { refusedHeader } from '../platform/call-chain.ts';
import type { EgressResponse } from '../platform/egress/create-egress.ts';
import { CodedError } from '../platform/errors.ts';
import type { CallChain } from './types.ts';

const messageIn = (body: Buffer): string | null => {
  try {
    const answer = JSON.parse(body.toString('utf8')) as { error?: { message?: unknown } };
    return typeof answer.error?.message === 'string' ? answer.error.message : null;
  } catch {
    return null;
  }
};

/** @throws CodedError `call_cycle`, naming the chain, where this installation has refused the call for that */
export function refuseCycle(
  { url, headers, body }: Pick<EgressResponse, 'url' | 'headers' | 'body'>,
  chain: CallChain | undefined,
): void {
  if (chain === undefined || headers[refusedHeader] !== 'call_cycle') return;
  if (new URL(url).origin !== chain.origin) return;
  throw new CodedError({
    code: 'call_cycle',
    message: messageIn(body) ?? 'Workflows call each other in a circle, so this call was not taken.',
  });
}

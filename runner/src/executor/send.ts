// The one place of the executor that hands a request to the way out.
import { allowsHost } from '@weftline/connectors/rules/hosts';
import type { Request } from '@weftline/connectors/types';
import type { Receive } from '../platform/egress/body-stream.ts';
import type { Egress, EgressResponse } from '../platform/egress/create-egress.ts';
import { chainHeader } from '../platform/call-chain.ts';
import type { AuthorizedRequest } from './authorize.ts';
import type { CallChain } from './types.ts';

export type SendOptions = {
  tenantId: string;
  timeoutMs: number;
  signal: AbortSignal | undefined;
  callChain?: CallChain | undefined;
  limits: SendLimits;
  /** Takes a success in pieces. */
  receive?: Receive | undefined;
};

/** What an app can say of one request or of all. */
export type SendLimits = Pick<Request, 'connectTimeoutMs' | 'maxResponseBytes' | 'followRedirects'>;

const isFollowed = (request: AuthorizedRequest, how: SendLimits['followRedirects'], target: URL): boolean =>
  how === 'same-host'
    ? target.host === new URL(request.url).host
    : request.allowedHosts.some((entry) => allowsHost(entry, target.host));

const pickLimits = ({ connectTimeoutMs, maxResponseBytes }: SendLimits) => ({
  ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
  ...(maxResponseBytes === undefined ? {} : { maxResponseBytes }),
});

/** Which workflows led here is told to our own addresses alone, where it replaces what a step may have written there. */
const headersOf =
  (chain: CallChain | undefined) =>
  ({ origin }: URL): Record<string, string> =>
    chain !== undefined && origin === chain.origin ? { [chainHeader]: chain.header() } : {};

/**
 * Sends a request. Redirects are followed to hosts of the app alone; credentials stay at the first origin.
 * @throws CodedError with details `{ sent, reason }`
 */
export const send = (
  egress: Egress,
  request: AuthorizedRequest,
  options: SendOptions,
): Promise<EgressResponse> =>
  egress.request({
    tenantId: options.tenantId,
    method: request.method,
    url: request.url,
    headers: request.headers,
    headersFor: headersOf(options.callChain),
    body: request.body?.stream ?? request.body?.bytes ?? request.body?.text ?? null,
    credentials: request.credentials,
    followRedirects: options.limits.followRedirects !== 'never',
    mayFollow: (target) => isFollowed(request, options.limits.followRedirects, target),
    timeoutMs: options.timeoutMs,
    ...pickLimits(options.limits),
    receive: options.receive,
    signal: options.signal,
  });

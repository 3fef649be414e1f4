// Turning a trigger on as a fixture tells it, and whether what was kept is enough for the requests that come later.
import { isDeepStrictEqual } from 'node:util';
import type { TriggerFixture } from '@weftline/connectors/load-apps';
import type { Connector, Trigger } from '@weftline/connectors/types';
import { askSubscription, requestOf, type SubscriptionCall } from '../../executor/ask-subscription.ts';
import { clockOf, connectionOf, tellCalls } from './tell-calls.ts';

/** @param fixture one with `subscribe` @returns what differs */
export const playSubscription = async (
  connector: Connector,
  trigger: Trigger,
  fixture: TriggerFixture & { subscribe: NonNullable<TriggerFixture['subscribe']> },
): Promise<string[]> => {
  const told = tellCalls(fixture.subscribe.calls);
  const now = () => clockOf(fixture);
  const subscribing: SubscriptionCall = {
    tenantId: 'example',
    connector,
    trigger,
    act: 'subscribe',
    input: fixture.input ?? {},
    openConnection: connectionOf(connector, fixture),
    webhook: fixture.webhook ?? { url: 'https://weftline.example/hooks/key', secret: 'secret' },
    subscription: fixture.subscription ?? {},
    stored: fixture.stored ?? {},
    idempotencyKey: 'fixture-idempotency-key',
  };
  const asked = await askSubscription(subscribing, { egress: told.egress, now });
  const faults = told.faults();
  if (!asked.ok) return [...faults, `It failed: ${asked.error.message}`];
  if (!isDeepStrictEqual(asked.captured, fixture.subscribe.subscription))
    faults.push(`What is kept is ${JSON.stringify(asked.captured)}.`);
  const subscription = { ...fixture.subscription, ...asked.captured };
  for (const act of ['check', 'renew', 'unsubscribe'] as const) {
    if (!requestOf(trigger.webhook, act)) continue;
    const answered = tellCalls([{ request: {} as never, response: { status: 200, headers: {}, body: {} } }]);
    const later = await askSubscription(
      { ...subscribing, act, subscription },
      { egress: answered.egress, now },
    );
    if (!later.ok && later.error.sent === 'no')
      faults.push(`"${act}" cannot be sent with what was kept: ${later.error.message}`);
  }
  return faults;
};

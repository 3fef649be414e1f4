/** A trigger has the part that its type needs, and a sender check what its scheme needs. */
import { pointer, problem, type Problem } from '../problem.ts';
import type { Connector, Receive, SenderCheck, Trigger } from '../types.ts';
import type { Rule } from './list-requests.ts';

const partOf = { POLL: 'poll', WEBHOOK: 'webhook', INGRESS: 'ingress' } as const;

const needed: { [scheme in SenderCheck['scheme']]: (keyof SenderCheck)[] } = {
  hmac: ['algorithm', 'secret', 'content', 'signature', 'encoding'],
  sharedToken: ['value', 'secret'],
  basic: ['username', 'password'],
  ed25519: ['publicKey', 'content', 'signature', 'encoding'],
  'ecdsa-p256': ['publicKey', 'content', 'signature', 'encoding'],
  'rsa-sha1': ['content', 'signature', 'encoding'],
  'rsa-sha256': ['content', 'signature', 'encoding'],
  jwt: ['token', 'algorithms'],
  standardWebhooks: ['secret'],
};

const allowed: { [scheme in SenderCheck['scheme']]: (keyof SenderCheck)[] } = {
  hmac: ['secretEncoding', 'prefix', 'list', 'timestamp'],
  sharedToken: [],
  basic: [],
  ed25519: ['keyEncoding', 'timestamp'],
  'ecdsa-p256': ['keyEncoding', 'timestamp'],
  'rsa-sha1': ['publicKey', 'keyEncoding', 'keyUrl', 'timestamp'],
  'rsa-sha256': ['publicKey', 'keyEncoding', 'keyUrl', 'timestamp'],
  jwt: ['key', 'keyUrl', 'audience', 'claims'],
  standardWebhooks: [],
};

export const checkTriggers: Rule = (connector) => [
  ...(connector.triggers ?? []).flatMap((trigger, index) =>
    checkTrigger(connector, trigger, pointer('/triggers', index)),
  ),
  ...(connector.ingress ? checkReceive(connector.ingress.receive, '/ingress/receive') : []),
];

function checkTrigger(connector: Connector, trigger: Trigger, path: string): Problem[] {
  const found: Problem[] = [];
  const own = partOf[trigger.type];
  if (trigger[own] === undefined)
    found.push(
      problem(`${path}/${own}`, 'missing_key', `A trigger of the type ${trigger.type} needs "${own}".`),
    );
  for (const part of Object.values(partOf)) {
    const isFallback = part === 'poll' && trigger.fallback === 'POLL';
    if (part !== own && trigger[part] !== undefined && !isFallback)
      found.push(
        problem(
          `${path}/${part}`,
          'mixed_modes',
          `A trigger of the type ${trigger.type} has no "${part}"; take it out${part === 'poll' ? ' or set "fallback": "POLL"' : ''}.`,
        ),
      );
  }
  if (trigger.fallback && !trigger.poll)
    found.push(problem(`${path}/poll`, 'missing_key', 'The fallback POLL needs "poll".'));
  if (trigger.fallback && trigger.type === 'POLL')
    found.push(problem(`${path}/fallback`, 'mixed_modes', 'This trigger polls anyhow; take "fallback" out.'));
  if (trigger.fallback && trigger.webhook && trigger.webhook.receive.eventId === undefined)
    found.push(
      problem(
        `${path}/webhook/receive/eventId`,
        'missing_key',
        'With the fallback POLL an event comes twice, by call and by poll; "eventId" with the value of "dedupeKey" makes them one.',
      ),
    );
  if (trigger.type === 'INGRESS' && !connector.ingress)
    found.push(
      problem('/ingress', 'missing_key', 'A trigger of the type INGRESS needs "ingress" in the connector.'),
    );
  if (trigger.webhook) {
    const { subscribe, unsubscribe, renew, check, receive } = trigger.webhook;
    if (subscribe && !unsubscribe)
      found.push(
        problem(`${path}/webhook/unsubscribe`, 'missing_key', 'What is subscribed must be unsubscribed too.'),
      );
    if (!subscribe && (unsubscribe || renew || check))
      found.push(
        problem(
          `${path}/webhook/subscribe`,
          'missing_key',
          'Without "subscribe" there is nothing to keep up.',
        ),
      );
    for (const [name, request] of Object.entries({ unsubscribe, check }))
      if (request?.capture)
        found.push(
          problem(
            `${path}/webhook/${name}/capture`,
            'unknown_key',
            'Only "subscribe" and "renew" keep something of the answer; take it out.',
          ),
        );
    found.push(...checkReceive(receive, `${path}/webhook/receive`));
  }
  return found;
}

function checkReceive(receive: Receive, path: string): Problem[] {
  const found: Problem[] = [];
  receive.verify.forEach((check, index) => found.push(...checkSender(check, pointer(path, 'verify', index))));
  (receive.handshake ?? []).forEach(({ respond, store, confirm }, index) => {
    if (!respond && !store && !confirm)
      found.push(
        problem(
          pointer(path, 'handshake', index),
          'missing_key',
          'A handshake needs "respond", "store" or "confirm".',
        ),
      );
  });
  return found;
}

function checkSender(check: SenderCheck, path: string): Problem[] {
  const { scheme } = check;
  const missing = needed[scheme].filter((name) => check[name] === undefined);
  const known = new Set(['scheme', ...needed[scheme], ...allowed[scheme]]);
  const found = missing.map((name) =>
    problem(`${path}/${name}`, 'missing_key', `The scheme ${scheme} needs "${name}".`),
  );
  for (const name of Object.keys(check))
    if (!known.has(name))
      found.push(
        problem(
          `${path}/${name}`,
          'unknown_key',
          `"${name}" does not belong to the scheme ${scheme}; take it out.`,
        ),
      );
  const hasKey = check.publicKey ?? check.key ?? check.keyUrl;
  if (['rsa-sha1', 'rsa-sha256', 'jwt'].includes(scheme) && hasKey === undefined)
    found.push(
      problem(
        path,
        'missing_key',
        `The scheme ${scheme} needs a key: "${scheme === 'jwt' ? 'key' : 'publicKey'}" or "keyUrl".`,
      ),
    );
  return found;
}

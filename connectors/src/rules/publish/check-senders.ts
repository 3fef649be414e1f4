/** Whoever calls is known, and every trigger says which events are its own: a draft may leave both open. */
import { pointer, problem, quote, type Problem } from '../../problem.ts';
import type { Connector, Receive } from '../../types.ts';
import type { Rule } from '../list-requests.ts';

export const checkSenders: Rule = (connector) => [...checkCalls(connector), ...checkMatches(connector)];

const mend =
  'add a sender check to "verify", such as { "scheme": "standardWebhooks", "secret": "{{credentials.signingSecret}}" }, set "secretInUrl" to true when the service signs nothing, or take';

function checkCalls({ ingress, triggers = [] }: Connector): Problem[] {
  const found = triggers.flatMap(({ key, webhook }, index) =>
    webhook && isOpen(webhook.receive)
      ? [
          problem(
            pointer('/triggers', index, 'webhook', 'receive', 'verify'),
            'unverified_webhook',
            `Anybody could call the trigger ${quote(key)}: ${mend} the trigger out.`,
          ),
        ]
      : [],
  );
  if (!ingress || !isOpen(ingress.receive)) return found;
  const names = triggers.filter(({ type }) => type === 'INGRESS').map(({ key }) => quote(key));
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  const whose =
    names.length === 0
      ? 'the address of the app'
      : `the trigger${names.length === 1 ? '' : 's'} ${names.slice(0, 3).join(', ')}${more}`;
  const parts =
    names.length === 0
      ? '"ingress"'
      : names.length === 1
        ? 'the trigger and "ingress"'
        : 'the triggers and "ingress"';
  return [
    ...found,
    problem(
      '/ingress/receive/verify',
      'unverified_webhook',
      `Anybody could call ${whose}: ${mend} ${parts} out.`,
    ),
  ];
}

const isOpen = ({ verify, secretInUrl }: Receive): boolean => verify.length === 0 && secretInUrl !== true;

/** What an import writes where the document does not say how events are told apart. */
export const noMatch = '{{false}}';

function checkMatches({ triggers = [] }: Connector): Problem[] {
  return triggers.flatMap(({ key, ingress }, index) =>
    ingress?.match.replaceAll(' ', '') === noMatch
      ? [
          problem(
            pointer('/triggers', index, 'ingress', 'match'),
            'unfinished_trigger',
            `No event belongs to the trigger ${quote(key)}: say in "match" which ones do, such as {{body.type == ${quote(key).replaceAll('"', "'")}}}, or take the trigger out.`,
          ),
        ]
      : [],
  );
}

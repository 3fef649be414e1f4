/** What receives calls trusts nothing that a caller could have made up, and gives no secret away. */
import { childrenOf, listPaths, type ReadPath } from '../expression/list-paths.ts';
import { isTemplate, parseTemplate } from '../expression/parse-template.ts';
import { printExpression } from '../expression/print-expression.ts';
import { holesOf, type Expression } from '../expression/syntax.ts';
import type { Json } from '../json.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Answer, Connector, Ingress, Receive, SenderCheck } from '../types.ts';
import { callRoots, type Rule } from './list-requests.ts';

export const checkReceive: Rule = (connector) => [
  ...(connector.triggers ?? []).flatMap(({ webhook }, index) =>
    webhook ? checkPart(connector, webhook.receive, pointer('/triggers', index, 'webhook', 'receive')) : [],
  ),
  ...(connector.ingress ? checkPart(connector, connector.ingress.receive, '/ingress/receive') : []),
  ...(connector.ingress ? checkIngress(connector, connector.ingress) : []),
];

function checkPart(connector: Connector, receive: Receive, path: string): Problem[] {
  const found: Problem[] = receive.verify.flatMap((check, index) =>
    checkSender(connector, check, pointer(path, 'verify', index)),
  );
  if (receive.maxAgeSeconds !== undefined && receive.verify.some((check) => !hasTime(check)))
    found.push(
      problem(
        `${path}/maxAgeSeconds`,
        'missing_time',
        'Not every sender check knows when the call was sent: give each a "timestamp", or take this out.',
      ),
    );
  if (
    receive.fetch?.items !== undefined &&
    receive.eventId !== undefined &&
    !reads(receive.eventId, ['fetched'])
  )
    found.push(
      problem(
        `${path}/eventId`,
        'event_id_of_parts',
        'Every member of "fetch.items" starts a run and needs an id of its own: read it from "fetched", such as "{{fetched.id}}".',
      ),
    );
  found.push(...checkAnswer(receive.respond, `${path}/respond`));
  (receive.handshake ?? []).forEach(({ when, verifyFirst, respond, confirm }, index) => {
    const here = pointer(path, 'handshake', index);
    if (readsSecret(when))
      found.push(
        problem(
          `${here}/when`,
          'secret_in_condition',
          'How long a comparison takes tells of the secret: compare it by a "sharedToken" under "verify", and set "verifyFirst" to true.',
        ),
      );
    found.push(...checkAnswer(respond, `${here}/respond`));
    if (verifyFirst !== true && (readsSecret(respond?.body) || readsSecret(respond?.headersTemplate)))
      found.push(
        problem(
          `${here}/verifyFirst`,
          'unverified_secret_answer',
          'Anybody could have a text of their choice signed here: set "verifyFirst" to true.',
        ),
      );
    if (confirm === undefined) return;
    if (verifyFirst !== true && receive.verify.length > 0)
      found.push(
        problem(
          `${here}/verifyFirst`,
          'unverified_confirm',
          'Anybody could make us send this request: set "verifyFirst" to true.',
        ),
      );
    if (confirm.auth !== 'none' && reads(confirm.endpointTemplate, callRoots))
      found.push(
        problem(
          `${here}/confirm/auth`,
          'credentials_to_named_address',
          'The call names the address, so no credentials may go there: set "auth" to "none".',
        ),
      );
  });
  return found;
}

function checkIngress({ connectionSchema }: Connector, { receive, routeBy }: Ingress): Problem[] {
  const found = (['fetch', 'map'] as const)
    .filter((name) => receive[name] !== undefined)
    .map((name) =>
      problem(
        `/ingress/receive/${name}`,
        'mixed_modes',
        `Each trigger of the app's one address has its own: move "${name}" into "ingress" of the triggers.`,
      ),
    );
  const settings = (connectionSchema?.['properties'] ?? {}) as { [name: string]: unknown };
  if (routeBy && !Object.hasOwn(settings, routeBy.connection))
    found.push(
      problem(
        '/ingress/routeBy/connection',
        'undeclared_name',
        `No connection has the setting ${quote(routeBy.connection)}: declare it in "connectionSchema", and capture it or ask for it.`,
      ),
    );
  return found;
}

const hasTime = ({ scheme, timestamp }: SenderCheck): boolean =>
  timestamp !== undefined || scheme === 'standardWebhooks';

const ours = ['secret', 'password', 'username', 'key', 'publicKey', 'audience'] as const;
const theirs = ['signature', 'value', 'token'] as const;
const secretRoots = ['credentials', 'stored', 'webhook', 'subscription'];

function checkSender(connector: Connector, check: SenderCheck, path: string): Problem[] {
  const found: Problem[] = [];
  for (const name of ours)
    if (
      reads(
        check[name],
        callRoots.filter((root) => name !== 'audience' || root !== 'url'),
      )
    )
      found.push(
        problem(
          `${path}/${name}`,
          'trusts_caller',
          `"${name}" is ours to know: what is read from the call, its sender can choose. Read it from "credentials" or "webhook".`,
        ),
      );
  for (const name of theirs)
    if (check[name] !== undefined && (!reads(check[name], callRoots) || readsSecret(check[name])))
      found.push(
        problem(
          `${path}/${name}`,
          'trusts_caller',
          `"${name}" is what the caller sends: read it from the call alone, such as "{{headers['x-signature']}}".`,
        ),
      );
  const isKeyed = ['hmac', 'sharedToken', 'standardWebhooks', 'basic'].includes(check.scheme);
  const secret = check.scheme === 'basic' ? check.password : check.secret;
  const isShared = check.algorithms?.some((name) => name.startsWith('HS')) === true;
  if ((isKeyed && secret !== undefined) || (isShared && check.key !== undefined)) {
    const name = isKeyed ? (check.scheme === 'basic' ? 'password' : 'secret') : 'key';
    if (!reads(isKeyed ? secret : check.key, secretRoots))
      found.push(
        problem(
          `${path}/${name}`,
          'secret_in_document',
          'Everybody can read this document: take the secret from "credentials" or "webhook.secret".',
        ),
      );
  }
  if (isShared && (check.keyUrl !== undefined || check.algorithms?.some((name) => !name.startsWith('HS'))))
    found.push(
      problem(
        `${path}/algorithms`,
        'mixed_algorithms',
        'HS256 and HS512 use a secret, the others a public key: a public key must never be taken for a secret. Name one kind, and no "keyUrl" with a secret.',
      ),
    );
  if (reads(check.keyUrl, callRoots) && connector.allowedHosts?.some((host) => host.includes('*')) === true)
    found.push(
      problem(
        `${path}/keyUrl`,
        'open_key_host',
        'The call names where its key is, so anybody with a page on one of the hosts could sign: write "allowedHosts" without "*".',
      ),
    );
  if (check.timestamp && !isSigned(check))
    found.push(
      problem(
        `${path}/timestamp/value`,
        'unsigned_time',
        'The time must be part of "content", as it is written here: else an old call could be sent again under a new time.',
      ),
    );
  return found;
}

/** Every hole of the time stands in what is signed, or is read from a body that is signed whole. */
function isSigned({ timestamp, content }: SenderCheck): boolean {
  const signed = holesIn(content).map((hole) => printExpression(hole));
  const hasBody = reads(content, ['rawBody', 'body']);
  return holesIn(timestamp?.value).every(
    (hole) =>
      signed.includes(printExpression(hole)) ||
      (hasBody && pathsOf(timestamp?.value).every(({ root }) => root === 'body' || root === 'rawBody')),
  );
}

const ownedHeader =
  /^(set-cookie|location|refresh|link|content-(type|length|encoding|security-policy.*|disposition)|transfer-encoding|connection|keep-alive|upgrade|trailer|te|strict-transport-security|clear-site-data|service-worker-allowed|x-frame-options|x-content-type-options|access-control-.*|cross-origin-.*)$/i;

function checkAnswer(answer: Answer | undefined, path: string): Problem[] {
  if (answer === undefined) return [];
  const found: Problem[] = [];
  for (const [part, value] of [
    ['body', answer.body],
    ['headersTemplate', answer.headersTemplate],
  ] as const)
    if (value !== undefined && textsOf(value).some((text) => holesIn(text).some(showsSecret)))
      found.push(
        problem(
          `${path}/${part}`,
          'secret_in_answer',
          'A secret may be in an answer only as the key of hmacSha256(text, key).',
        ),
      );
  for (const name of Object.keys(answer.headersTemplate ?? {}))
    if (ownedHeader.test(name) || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      found.push(
        problem(
          pointer(path, 'headersTemplate', name),
          'bad_header',
          'This header cannot be set by a connector; for the type of the body there is "contentType".',
        ),
      );
  if (
    answer.contentType !== undefined &&
    !/^(text\/plain|[a-z]+\/([a-z0-9.-]+\+)?(json|xml))(; ?charset=[a-z0-9-]+)?$/i.test(answer.contentType)
  )
    found.push(
      problem(
        `${path}/contentType`,
        'bad_content_type',
        'An answer is text/plain, JSON or XML: nothing that a browser would run.',
      ),
    );
  return found;
}

/** True where a secret comes out as it is: anywhere but as the key of a keyed hash. */
function showsSecret(node: Expression): boolean {
  if (node.kind === 'call' && node.name === 'hmacSha256')
    return node.arguments.some((argument, index) => index !== 1 && showsSecret(argument));
  if (isSecretPath(node)) return true;
  const isPathOfRoot = node.kind === 'path' && node.base.kind === 'root';
  return childrenOf(node).some((child) => !(isPathOfRoot && child === node.base) && showsSecret(child));
}

function isSecretPath(node: Expression): boolean {
  if (node.kind === 'root') return ['credentials', 'stored', 'webhook', 'subscription'].includes(node.name);
  if (node.kind !== 'path' || node.base.kind !== 'root') return false;
  const [first] = node.parts;
  if (node.base.name === 'webhook') return !(first?.kind === 'name' && first.name === 'url');
  return ['credentials', 'stored', 'subscription'].includes(node.base.name);
}

function readsSecret(value: Json | undefined): boolean {
  if (value === undefined) return false;
  return textsOf(value).some((text) =>
    pathsOf(text).some(
      ({ root, path: [first] }) =>
        root === 'credentials' || root === 'stored' || (root === 'webhook' && first !== 'url'),
    ),
  );
}

const reads = (template: string | undefined, roots: readonly string[]): boolean =>
  template !== undefined && pathsOf(template).some(({ root }) => roots.includes(root));

const textsOf = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((member) => textsOf(member as Json));
};

/** None for a template that does not parse: that is reported elsewhere. */
function holesIn(template: string | undefined): Expression[] {
  if (template === undefined || !isTemplate(template)) return [];
  try {
    return holesOf(parseTemplate(template)).map(({ expression }) => expression);
  } catch {
    return [];
  }
}

function pathsOf(template: string | undefined): ReadPath[] {
  if (template === undefined || !isTemplate(template)) return [];
  try {
    return listPaths(parseTemplate(template));
  } catch {
    return [];
  }
}

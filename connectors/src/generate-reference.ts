/** Writes `docs/connectors.md` from the schemas of the format: `node connectors/src/generate-reference.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCall } from './expression/describe-functions.ts';
import { functionCatalogue } from './expression/functions/catalogue.ts';
import type { Json } from './json.ts';
import { formatDirectory, readFormat, splitReference, type FormatSchema } from './read-format.ts';
import {
  formats,
  plainKeywords,
  schemaKeywords,
  schemaLimits,
  schemaListKeywords,
  schemaMapKeywords,
} from './schemas/keywords.ts';

export const referenceFile = join(import.meta.dirname, '../../docs/connectors.md');
export const exampleFile = join(formatDirectory, 'example.json');

/** Things with members of their own, in the order a reader meets them; every other schema is told where it is used. */
const order = [
  'connector',
  'app',
  'auth',
  'placement',
  'capture',
  'session',
  'login-step',
  'signing',
  'oauth2',
  'scope',
  'token-response',
  'refresh-on',
  'jwt',
  'defaults',
  'action',
  'request',
  'request-step',
  'async-job',
  'request-reference',
  'action-reference',
  'response',
  'error-rule',
  'retry',
  'retry-on',
  'retry-after',
  'rate-limit',
  'idempotency',
  'verify',
  'inverse',
  'pagination',
  'example',
  'deprecation',
  'option-source',
  'field-source',
  'trigger',
  'poll',
  'webhook',
  'subscription-request',
  'receive',
  'sender-check',
  'handshake',
  'answer',
  'fetch',
  'ingress-match',
  'ingress',
  'migration',
  'migration-part',
  'migration-operation',
  'headers-template',
  'query-template',
  'template',
  'template-value',
  'condition',
  'path',
  'key',
  'embedded-schema',
];

/** The whole text. */
export function generateReference(
  format: Map<string, FormatSchema> = readFormat(),
  example = readFileSync(exampleFile, 'utf8'),
): string {
  const missing = [...format.keys()].filter((name) => !order.includes(name));
  if (missing.length > 0) throw new Error(`generate-reference.ts does not place ${missing.join(', ')}.`);
  const parts = order.map((name) => describeThing(format.get(name)!, format));
  return [
    introduction,
    ...parts,
    scopes,
    schemaSection(),
    functionSection(),
    `## A complete example\n\nA test takes this document out of this page, validates it and publishes it.\n\n\`\`\`json\n${example.trim()}\n\`\`\`\n`,
  ].join('\n');
}

const introduction = `<!-- Generated from connectors/format by connectors/src/generate-reference.ts. Change the schemas, then run it again. -->

# The connector format

A connector is one JSON document: how to talk to one outside service, as pure data. It holds no function, no script and no
reference to a file, and every key that is not listed here is refused. One document is one version of one app; a published
version never changes.

[authoring.md](authoring.md) shows the way from nothing to a published connector. This page is the reference; a
[complete example](#a-complete-example) stands at its end. \`connectors/format/\` holds the JSON Schemas it is made from, with
right and wrong cases beside them.
`;

function describeThing(schema: FormatSchema, format: Map<string, FormatSchema>): string {
  const lines = [`## ${String(schema['title'])}`, '', String(schema['description']), ''];
  const properties = schema['properties'] as { [name: string]: FormatSchema } | undefined;
  if (!properties) return lines.join('\n');
  lines.push(
    '| key | needed | value | what |',
    '| --- | --- | --- | --- |',
    ...describeMembers(schema, '', format),
  );
  return `${lines.join('\n')}\n`;
}

/** Rows of the members, and below an object that is written out where it stands those of its own, as `send.name`. */
function describeMembers(schema: FormatSchema, before: string, format: Map<string, FormatSchema>): string[] {
  const required = (schema['required'] ?? []) as string[];
  return Object.entries((schema['properties'] ?? {}) as { [name: string]: FormatSchema }).flatMap(
    ([name, property]) => {
      const { value, what } = describeProperty(property, format);
      const row = `| \`${before}${name}\` | ${required.includes(name) ? 'yes' : ''} | ${cell(value)} | ${cell(what)} |`;
      return property['$ref'] === undefined && property['type'] === 'object'
        ? [row, ...describeMembers(property, `${before}${name}.`, format)]
        : [row];
    },
  );
}

function describeProperty(
  property: FormatSchema,
  format: Map<string, FormatSchema>,
): { value: string; what: string } {
  const what = typeof property['description'] === 'string' ? property['description'] : '';
  const reference = property['$ref'];
  if (typeof reference === 'string') {
    const { name, pointer } = splitReference(reference);
    const target = format.get(name)!;
    if (pointer !== '') {
      const part = (target['properties'] as { [name: string]: FormatSchema })[pointer.split('/').at(-1)!]!;
      const told = describeProperty(part, format);
      return { value: told.value, what: what || told.what };
    }
    const title = String(target['title']);
    return {
      value: `[${title}](#${title.toLowerCase()})`,
      what: what || firstSentence(String(target['description'])),
    };
  }
  return { value: valueOf(property, format), what };
}

function valueOf(property: FormatSchema, format: Map<string, FormatSchema>): string {
  if (Array.isArray(property['enum']))
    return property['enum'].map((value) => `\`${JSON.stringify(value)}\``).join(' ');
  if (property['const'] !== undefined) return `\`${JSON.stringify(property['const'])}\``;
  if (Array.isArray(property['anyOf']))
    return (property['anyOf'] as FormatSchema[])
      .map((entry) => describeProperty(entry, format).value)
      .join(' or ');
  const type = property['type'];
  if (type === 'array')
    return `list of ${describeProperty((property['items'] ?? {}) as FormatSchema, format).value}, at most ${String(property['maxItems'])}`;
  if (type === 'object' && property['properties'])
    return `object with ${Object.keys(property['properties'] as object)
      .map((name) => `\`${name}\``)
      .join(', ')}`;
  if (type === 'object')
    return property['additionalProperties']
      ? `object of ${describeProperty(property['additionalProperties'] as FormatSchema, format).value}`
      : 'object';
  if (type === 'integer') return `whole number${range(property)}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'null') return 'null';
  return `${Array.isArray(type) && type.includes('null') ? 'text or null' : 'text'}${property['maxLength'] === undefined ? '' : `, at most ${Number(property['maxLength']).toLocaleString('en')} characters`}`;
}

function range({ minimum, maximum }: FormatSchema): string {
  const show = (value: Json | undefined) => Number(value).toLocaleString('en');
  return minimum === undefined ? '' : ` from ${show(minimum)} to ${show(maximum)}`;
}

function firstSentence(text: string): string {
  return /^.*?[.:](?= |$)/s.exec(text)?.[0].replace(/:$/, '.') ?? text;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

const scopes = `## Scopes

What a template can read depends on where it stands. Naming anything else is refused when the document is saved, and so is an
input, setting or credential that no schema declares.

| place | scopes |
| --- | --- |
| \`baseUrl\`, \`servers\` | \`connection\` |
| \`auth[].apply\` | \`credentials\`, \`connection\`, \`run\`, \`now\`; for the type JWT \`auth.token\`, for SESSION \`auth.<captured name>\` |
| \`auth[].session.login[]\` | \`credentials\`, \`connection\`, \`steps\`, \`now\`; its \`errors\` and \`successWhen\` also the answer |
| \`auth[].session.refresh[]\`, \`auth[].session.logout[]\` | what a login reads, and \`auth.<captured name>\`; \`steps\` are their own |
| \`auth[].session\` \`expiresIn\`, \`expiresAt\` | \`status\`, \`headers\`, \`body\`, \`steps\` |
| \`auth[].signing\` \`content\`, \`headersTemplate\` | \`request\`, \`auth\`, \`credentials\`, \`connection\`, \`now\` |
| \`auth[].oauth2\` addresses | \`connection\` |
| \`auth[].oauth2\` \`authorizationParams\` | \`connection\`, what is no secret of \`credentials\` |
| \`auth[].oauth2\` \`tokenParams\`, \`refreshParams\`, \`tokenHeaders\` | \`credentials\`, \`connection\`; \`tokenParams\` after a sign-in also \`callback\` |
| \`auth[].oauth2\` \`tokenResponse\`, \`refreshOn\` | \`status\`, \`headers\`, \`body\` |
| \`auth[].oauth2.jwt\`, \`auth[].jwt\` | \`credentials\`, \`connection\`, \`now\` (not \`key\`) |
| \`auth[].test\`, \`auth[].capture[].request\` | \`connection\`, \`run\`, \`now\` |
| \`auth[].labelTemplate\` | \`test.status\`, \`test.headers\`, \`test.body\`, \`connection\` |
| a request of an action | \`input\`, \`connection\`, \`run\`, \`now\`; \`steps\` where the action has steps |
| \`response\`, \`errors\`, \`errorMessage\`, \`successWhen\` | \`status\`, \`headers\` (lower-case names), \`body\`, and those of the request; \`response.map\` of an action with \`pagination\` also \`items\` |
| \`pagination.next\` that is an expression | \`status\`, \`headers\`, \`body\`, \`items\` of this page |
| \`rateLimit.key\` | \`input\`, \`connection\`; in \`defaults\` \`connection\` |
| \`idempotency.value\` | \`run\`, \`input\`, \`connection\` |
| \`verify.foundWhen\` | \`output\`, \`status\`, \`headers\`, \`body\` of the probe, \`input\`, \`run\`, \`connection\` |
| \`inverse.input\` | \`input\` and \`output\` of the action, \`connection\` |
| \`poll.request\` of a trigger | \`input\`, \`connection\`, \`cursor\`, \`run\`, \`now\`; \`with\` of an action without \`run\` |
| \`poll.dedupeKey\`, \`poll.updatedKey\` | \`item\`, \`index\`, \`input\`, \`connection\` |
| \`poll.filter\`, \`poll.map\`, \`poll.cursor.value\` of the picks \`max\` and \`last\` | \`item\`, \`index\`, \`cursor\`, \`input\`, \`connection\`; \`map\` with \`fetch\` also \`fetched\` |
| \`poll.fetch.request\` | \`item\`, \`index\`, \`cursor\`, \`input\`, \`connection\`, \`run\`, \`now\` |
| \`poll.cursor.value\` of the pick \`response\` | \`status\`, \`headers\`, \`body\` of the last answer, \`cursor\` |
| \`poll.cursor.initial\` | \`input\`, \`connection\`, \`now\` |
| \`poll.items\` | \`status\`, \`headers\`, \`body\` of a request, \`output\` of an action |
| \`webhook\` \`subscribe\`, \`unsubscribe\`, \`check\`, \`renew.request\` | \`input\`, \`connection\`, \`webhook.url\`, \`webhook.secret\`, \`subscription\` (what \`capture\` kept), \`stored\`, \`run\`, \`now\`; their \`errors\` and \`successWhen\` also the answer |
| \`webhook.renew.expiresAt\` | \`subscription\` |
| \`receive.verify[]\`, \`receive.handshake[]\` | the call: \`method\`, \`url\`, \`query\`, \`headers\`, \`body\`, \`rawBody\`; \`input\`, \`connection\`, \`credentials\`, \`webhook.url\`, \`webhook.secret\`, \`subscription\`, \`stored\`, \`now\`; \`claims\` in \`claims\` |
| \`respond\` of \`receive\` and of a handshake | the same; secrets only as the key of \`hmacSha256(text, key)\` |
| \`handshake[].confirm\` | the call, \`input\`, \`connection\`, \`run\`, \`now\` |
| \`receive.filter\` | the call, \`input\`, \`connection\`, \`subscription\`; with \`items\` also \`item\`, \`index\` |
| \`receive.fetch.request\` | the same, \`run\`, \`now\` |
| \`receive.eventId\`, \`receive.map\` | the call, \`input\`, \`connection\`; with \`items\` also \`item\`, \`index\`, with \`fetch\` also \`fetched\` |
| \`ingress.routeBy.event\` | the call; with \`items\` also \`item\`, \`index\` |
| \`ingress.receive\` | as \`receive\`, without \`input\`, \`subscription\` and \`webhook.secret\` |
| \`ingress\` of a trigger | the call, \`input\`, \`connection\`, \`item\`, \`index\`; \`map\` also \`fetched\` |
| \`optionSources\`, \`fieldSources\`: a request that is written out | \`input\` (what is filled in so far), \`connection\`, \`search\`, \`run\`, \`now\` |
| \`optionSources\`, \`fieldSources\`: \`request.with\` of an action | \`input\`, \`connection\`, \`search\`, \`now\` |
| \`items\` of a source | \`status\`, \`headers\`, \`body\` of a request, \`output\` of an action |
| \`value\`, \`label\` of an option source; \`field\` of a field source | \`item\`, \`index\`, \`input\`, \`connection\`; in \`field.options\` also \`option\` |
| \`x-showWhen\` in an input schema | \`input\` |

Names with other characters than letters, digits and \`_\` are written in brackets: \`headers['x-request-id']\`.
`;

function schemaSection(): string {
  const keywords = [
    ...Object.keys(schemaKeywords),
    ...Object.keys(schemaListKeywords),
    ...Object.keys(schemaMapKeywords),
    ...Object.keys(plainKeywords),
  ];
  const show = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  return `## Embedded schemas

JSON Schema, draft 2020-12, in this subset:

- Keywords: ${show(keywords.filter((name) => !name.startsWith('x-')).sort())}.
- Beside them: ${show(keywords.filter((name) => name.startsWith('x-')).sort())}.
- \`$ref\` names \`#\`, a part of the same schema, or \`#/$defs/<name>\` of the schema or of the connector. Nothing remote is fetched.
- At most ${schemaLimits.depth} levels, ${schemaLimits.nodes.toLocaleString('en')} parts (and with every reference followed no value is looked at more than ${schemaLimits.expanded.toLocaleString('en')} times) and ${schemaLimits.enumEntries.toLocaleString('en')} values in one \`enum\`.
- Patterns run in linear time (RE2): no look-ahead, look-behind or back-references; at most ${schemaLimits.patternCharacters.toLocaleString('en')} characters.
- Formats: ${show([...formats].sort())}.

What the keywords for forms do (those for the wire are in [authoring.md](authoring.md#from-an-openapi-document)):

| keyword | value | what |
| --- | --- | --- |
| \`x-label\` | text | The name of the field; \`title\` does as well. |
| \`x-help\` | text | A sentence below it; \`description\` does as well. |
| \`x-placeholder\` | text | Stands in the field while it is empty. |
| \`x-order\` | number | Its place; fields without one come after, in the order of the schema. |
| \`x-advanced\` | true | Folded away with others that few people need. |
| \`x-multiline\` | true | A text of several lines. |
| \`x-secret\` | true | Never shown again, and taken out of everything that is shown. |
| \`x-hidden\` | true | Not in the form. |
| \`x-optionsFrom\` | name of an option source | A dropdown; at \`items\` of a list several may be chosen. |
| \`x-fieldsFrom\` | name of a field source | An object whose members the service names. |
| \`x-showWhen\` | condition over \`input\` | The field is there only when it holds. |
| \`x-file\` | true | A file: chosen, or the output of an earlier step. |
| \`x-group\` | text | Fields of one group stand together under this heading, which folds them away. |
| \`x-level\` | \`app\` or \`connection\` | Of a member of a \`credentialsSchema\`. \`app\`: an owner or admin can set it once for all connections of a workspace, such as the client of OAuth or a signing secret; a connection that brings its own uses that. What signing in gives is never of the app. Elsewhere it means nothing. |
| \`x-encode\` | \`base64\`, \`base64url\`, \`hex\`, \`md5lower\`, \`sha256lower\` | Of an input that is a text: what is sent is its UTF-8 in this form; the last two are hashes, in hex, of the trimmed text in small letters. |
| \`x-dateFormat\` | \`epochSeconds\`, \`epochMilliseconds\` (numbers), \`date\`, \`date-time\`, or a pattern of \`formatDate\` | Of an input that is a date: how it is sent, in UTC. What is no date is refused with its place before anything is sent. |
| \`x-contentType\`, \`x-filename\` | text | Of a member of a \`bodySchema\` that is sent as \`multipart\`: the type its part is written in, and the file name it gets. Content that brings a name keeps it. |
`;
}

function functionSection(): string {
  const rows = functionCatalogue.map(
    (entry) =>
      `| \`${cell(describeCall(entry))}\` | ${cell(entry.description)} | \`${cell(entry.example.expression)}\` |`,
  );
  return `## Functions

The same in connectors and in workflows; the list is closed.

| function | what | example |
| --- | --- | --- |
${rows.join('\n')}
`;
}

if (import.meta.main) writeFileSync(referenceFile, generateReference());

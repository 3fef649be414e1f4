/** How the events of several webhooks are told apart: by headers, and by members that have another value in each. */
import type { Json, JsonObject } from '../json.ts';
import { noMatch } from '../rules/publish/check-senders.ts';
import type { Webhook } from './list-webhooks.ts';
import { readParameters } from './read-parameters.ts';
import { follow, listOf, membersOf, type Source } from './source.ts';

/** Something an event has one of a few values in. */
type Mark = { expression: string; values: Json[] };

const telling = /(^|[_.-])(type|event|action|kind|topic|name|trigger|object|resource|category|operation)$/i;
const tellingHeader = /event|topic|type|action|kind/i;
const mostValues = 20;
const mostMarks = 3;

/**
 * @param bodies the schemas of what each webhook brings, in the order of the webhooks
 * @returns a condition for each; the one that no event fulfils where the document does not say how they differ
 */
export function tellApart(
  source: Source,
  webhooks: readonly Webhook[],
  bodies: readonly (Json | undefined)[],
): string[] {
  const all = webhooks.map((webhook, index) => [
    ...readHeaders(source, webhook),
    ...readMembers(source, bodies[index], 'body', 0),
  ]);
  const isTelling = ({ expression, values }: Mark): boolean => {
    const others = all.filter((marks) => marks.some((mark) => mark.expression === expression));
    return (
      webhooks.length === 1 ||
      others.length < webhooks.length ||
      others.some((marks) => !isSame(marks.find((mark) => mark.expression === expression)!.values, values))
    );
  };
  const conditions = all.map((marks) => {
    const chosen = marks
      .filter(isTelling)
      .toSorted((a, b) => rank(a) - rank(b))
      .slice(0, mostMarks);
    return chosen.length > 0 ? `{{${chosen.map(write).join(' && ')}}}` : '';
  });
  return conditions.map((condition, index) => {
    // All that comes belongs to the only one there is.
    if (webhooks.length === 1) return condition === '' ? "{{method != ''}}" : condition;
    const isShared = conditions.some((other, at) => at !== index && other === condition);
    return condition === '' || isShared ? noMatch : condition;
  });
}

const isSame = (a: Json[], b: Json[]): boolean => JSON.stringify(a) === JSON.stringify(b);
const rank = ({ expression, values }: Mark): number =>
  (telling.test(expression.replaceAll(/['\]]/g, '')) ? 0 : 10) +
  (values.length > 1 ? 3 : 0) +
  expression.split('.').length;

function write({ expression, values }: Mark): string {
  const texts = values.map(literal);
  return texts.length === 1 ? `${expression} == ${texts[0]!}` : `${expression} in [${texts.join(', ')}]`;
}

const literal = (value: Json): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

/** Texts that stand in an expression as they are. */
const isPlain = (value: Json): boolean =>
  typeof value === 'string'
    ? value.length <= 100 && /^[^'\\{}\p{Cc}]+$/u.test(value)
    : typeof value === 'number' || typeof value === 'boolean';

function readHeaders(source: Source, { operation, pathItem, name, label }: Webhook): Mark[] {
  const given = { operation, pathItem, label, method: 'POST', path: name, operationId: undefined, tags: [] };
  return readParameters(source, given).parameters.flatMap(({ in: place, name: header, schema, example }) => {
    if (place !== 'header' || !/^[\w-]{1,80}$/.test(header)) return [];
    const at = follow(source, schema) ?? {};
    const said = valuesOf(at);
    const shown = example ?? at['example'] ?? listOf(at['examples'])[0] ?? at['default'];
    const isShown =
      shown !== undefined && tellingHeader.test(header) && isPlain(shown) && !/id$/i.test(header);
    const values = said.length > 0 ? said : isShown ? [shown] : [];
    // Headers are texts.
    return values.length === 0
      ? []
      : [{ expression: `headers['${header.toLowerCase()}']`, values: values.map(String) }];
  });
}

function valuesOf(schema: JsonObject): Json[] {
  const given = schema['const'] === undefined ? listOf(schema['enum']) : [schema['const']];
  return given.length <= mostValues && given.every(isPlain) ? given : [];
}

/** Members with few values, of the payload and of the objects in it. */
function readMembers(source: Source, schema: Json | undefined, base: string, depth: number): Mark[] {
  const found: Mark[] = [];
  for (const [name, member] of membersIn(source, schema, 0)) {
    const at = follow(source, member);
    if (!at || !/^[A-Za-z_][\w-]{0,60}$/.test(name)) continue;
    const expression = /^\w+$/.test(name) ? `${base}.${name}` : `${base}['${name}']`;
    const values = valuesOf(at);
    if (values.length === 1 || (values.length > 1 && telling.test(name))) found.push({ expression, values });
    else if (depth < 1) found.push(...readMembers(source, at, expression, depth + 1));
  }
  return found;
}

/** Members that a schema declares, through references and `allOf`; of choices, those that each of them has, together. */
function membersIn(source: Source, schema: Json | undefined, depth: number): Map<string, Json> {
  const at = depth > 8 ? null : follow(source, schema);
  const found = new Map<string, Json>(membersOf(at?.['properties']));
  if (!at) return found;
  for (const part of listOf(at['allOf']))
    for (const [name, member] of membersIn(source, part, depth + 1))
      if (!found.has(name)) found.set(name, member);
  for (const keyword of ['oneOf', 'anyOf']) {
    const choices = listOf(at[keyword]).map((part) => membersIn(source, part, depth + 1));
    for (const name of choices[0]?.keys() ?? []) {
      const values = choices.map((choice) => valuesOf(follow(source, choice.get(name)) ?? {}));
      if (!found.has(name) && values.every((each) => each.length > 0))
        found.set(name, { enum: [...new Set(values.flat())] });
    }
  }
  return found;
}

/** The member or header that every webhook has and that names the event itself, as an expression. */
export function findEventId(
  source: Source,
  webhooks: readonly Webhook[],
  bodies: readonly (Json | undefined)[],
): string | undefined {
  const named = webhooks.map((webhook, index) => {
    const { operation, pathItem, name, label } = webhook;
    const given = {
      operation,
      pathItem,
      label,
      method: 'POST',
      path: name,
      operationId: undefined,
      tags: [],
    };
    const headers = readParameters(source, given)
      .parameters.filter(
        (parameter) =>
          parameter.in === 'header' &&
          /(delivery|event|webhook|message)[_-]?id$|-delivery$/i.test(parameter.name),
      )
      .map((parameter) => `{{headers['${parameter.name.toLowerCase()}']}}`);
    const members = [...membersIn(source, bodies[index], 0).keys()]
      .filter((member) => /^(event|delivery|notification|message|webhook)_?id$/i.test(member))
      .map((member) => `{{body.${member}}}`);
    return [...headers, ...members];
  });
  return named[0]?.find((expression) => named.every((each) => each.includes(expression)));
}

/** Headers by which the sender may be known. */
export function listSignatures(source: Source, webhooks: readonly Webhook[]): string[] {
  const names = webhooks.flatMap(({ operation, pathItem, name, label }) =>
    readParameters(source, {
      operation,
      pathItem,
      label,
      method: 'POST',
      path: name,
      operationId: undefined,
      tags: [],
    })
      .parameters.filter(
        (parameter) =>
          parameter.in === 'header' && /signature|hmac|secret|token|authorization/i.test(parameter.name),
      )
      .map((parameter) => parameter.name),
  );
  return [...new Set(names)].slice(0, 5);
}

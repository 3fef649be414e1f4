// Values that a service tells while somebody signs in, kept as settings of the connection when their schema allows them.
import type { Scope } from '@weftline/connectors/expression';
import type { Json, JsonObject } from '@weftline/connectors/json';
import { connectionSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import type { Auth, Capture, Connector } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import { CodedError } from '../platform/errors.ts';
import { readAt } from './oauth2/read-tokens.ts';

/** Most choices that a message names. */
const shownChoices = 20;

/** @throws CodedError `response_invalid` for a value that the connection's schema does not allow */
const check = (connector: Connector, name: string, value: Json): void => {
  const { required: _later, ...schema } = connectionSchemaOf(connector);
  const [problem] = validateValue(schema, { [name]: value });
  if (problem !== undefined)
    throw new CodedError({
      code: 'response_invalid',
      message: `The service told a "${name}" that this app does not take: ${problem.message}`,
      details: { sent: 'answered', reason: 'protocol' },
    });
};

/**
 * Reads what a token answer or a callback tells.
 * @returns the values found; what is missing keeps its old value
 * @throws CodedError `response_invalid`
 */
export const captureFrom = (
  connector: Connector,
  auth: Auth,
  from: Capture['from'],
  scope: Scope,
): JsonObject => {
  const learned: JsonObject = {};
  for (const capture of auth.capture ?? []) {
    const value = capture.from === from ? readAt(capture.path, scope) : undefined;
    if (value === undefined || value === null) continue;
    check(connector, capture.name, value);
    learned[capture.name] = value;
  }
  return learned;
};

const listChoices = (
  list: Json[],
  choose: NonNullable<Capture['choose']>,
): { label: string; value: Json }[] =>
  list.flatMap((item) => {
    const value = readAt(choose.value, { item });
    const label = readAt(choose.label, { item });
    return value === undefined || value === null ? [] : [{ value, label: String(label ?? value) }];
  });

const refuse = (message: string) =>
  new CodedError({
    code: 'invalid_input',
    message,
    details: { sent: 'answered', reason: 'choice' },
  });

/**
 * Reads what the answer of a capture's own request tells.
 * @param now what the connection has so far
 * @throws CodedError `invalid_input` where a person must choose, `response_invalid`
 */
export const captureAnswer = (
  connector: Connector,
  capture: Capture,
  scope: Scope,
  now: Json | undefined,
): Json => {
  const found = readAt(capture.path, scope);
  if (capture.choose === undefined) {
    if (found === undefined || found === null) throw refuse(`The service does not tell "${capture.name}".`);
    check(connector, capture.name, found);
    return found;
  }
  const choices = listChoices(Array.isArray(found) ? found : [], capture.choose);
  const chosen =
    choices.find(({ value }) => value === now) ?? (choices.length === 1 ? choices[0] : undefined);
  if (chosen !== undefined) {
    check(connector, capture.name, chosen.value);
    return chosen.value;
  }
  if (choices.length === 0) throw refuse(`The account has nothing to choose "${capture.name}" from.`);
  const shown = choices
    .slice(0, shownChoices)
    .map(({ label, value }) => `${label} (${JSON.stringify(value)})`);
  throw refuse(`Several fit "${capture.name}", choose one: ${shown.join(', ')}.`);
};

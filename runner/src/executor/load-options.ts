// The choices of an input, as the service has them for this connection now.
import {
  evaluateTemplate,
  ExpressionError,
  listValuePaths,
  parseTemplate,
} from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import type { Json } from '@weftline/connectors/json';
import type { OptionSource } from '@weftline/connectors/types';
import { CodedError } from '../platform/errors.ts';
import { thrownError } from './read-error.ts';
import { readSource } from './read-source.ts';
import type { SourceCall } from './read-source.ts';
import type { CallError, ExecutorDependencies } from './types.ts';

export type Option = { value: string | number | boolean; label: string };

export type LoadedOptions =
  | { ok: true; options: Option[]; hasMore: boolean }
  | { ok: false; error: CallError };

export const mostOptions = 1_000;
const longestLabel = 200;
/** A longer one is no name of a thing, and would be cut. */
const longestValue = 2_000;

const fillText = (template: string, scope: Scope): string | undefined => {
  try {
    return fillTemplate(parseTemplate(template), scope, { missing: 'drop', position: 'text' });
  } catch (error) {
    // One odd entry shall not take the whole list away.
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
};

/** One line of text; what does not resolve, or cannot be worked out for this entry, gives undefined. */
export const fillLabel = (template: string, scope: Scope): string | undefined => {
  const text = fillText(template, scope);
  const line = text?.replaceAll(/\s+/g, ' ').trim() ?? '';
  return line === '' ? undefined : line.length > longestLabel ? `${line.slice(0, longestLabel - 1)}…` : line;
};

/** Values that can be stored and told apart; others make no choice. */
export const isChoice = (value: Json | undefined): value is Option['value'] =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && value !== '' && value.length <= longestValue);

/** Does the service search, or do we search in what it gave? */
export const searchesItself = ({ request, pagination }: OptionSource): boolean =>
  listValuePaths({ request, pagination: pagination ?? {} } as unknown as Json).some(
    ({ root }) => root === 'search',
  );

const toOptions = ({ value, label }: OptionSource, items: readonly Json[], scope: Scope): Option[] => {
  const found = new Map<string, Option>();
  const valueTemplate = parseTemplate(value);
  items.forEach((item, index) => {
    const own = { ...scope, item, index };
    const stored = evaluateTemplate(valueTemplate, own, { missing: 'drop' });
    if (!isChoice(stored) || found.has(JSON.stringify(stored))) return;
    found.set(JSON.stringify(stored), {
      value: stored,
      label: fillLabel(label, own) ?? String(stored).slice(0, longestLabel),
    });
  });
  return [...found.values()];
};

/**
 * Loads the choices of an option source: at most 1,000, each value once.
 * @param name of the source in the connector
 * @param search what a person typed so far
 * @returns the choices and whether there are more, or the failure; inputs that must be filled in first are a failure with
 *   problems of the code `required_first`
 */
export const loadOptions = async (
  call: SourceCall,
  name: string,
  search: string | undefined,
  dependencies: ExecutorDependencies,
): Promise<LoadedOptions> => {
  const sources = call.connector.optionSources ?? {};
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source === undefined)
    return {
      ok: false,
      error: thrownError(
        new CodedError({ code: 'not_found', message: `The app has no choices called "${name}".` }),
        'no',
      ),
    };
  const wanted = search?.trim() ?? '';
  const isAsked = wanted !== '' && searchesItself(source);
  const read = await readSource(
    call,
    { name: `options ${name}`, source, most: mostOptions + 1, ...(isAsked ? { search: wanted } : {}) },
    dependencies,
  );
  if (!read.ok) return read;
  try {
    const hasMore = read.items.length > mostOptions;
    const options = toOptions(source, read.items.slice(0, mostOptions), read.scope);
    if (wanted === '' || isAsked) return { ok: true, options, hasMore };
    const words = wanted.toLowerCase();
    const isFound = ({ label, value }: Option): boolean =>
      label.toLowerCase().includes(words) || String(value).toLowerCase().includes(words);
    return { ok: true, options: options.filter(isFound), hasMore };
  } catch (error) {
    return { ok: false, error: thrownError(error, 'answered') };
  }
};

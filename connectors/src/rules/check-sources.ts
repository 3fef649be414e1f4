/** Sources of choices and fields: what names them finds them, what they ask changes nothing, and hidden inputs can be judged. */
import { isTemplate } from '../expression/parse-template.ts';
import { checkValue } from '../expression/check-value.ts';
import type { Json } from '../json.ts';
import { pointer, problem, problemLimit, quote, type Problem } from '../problem.ts';
import { findDeclared } from '../schemas/find-declared.ts';
import type { Member } from '../schemas/list-members.ts';
import type { Connector, FieldSource, OptionSource } from '../types.ts';
import { checkSourceRequest } from './check-source-request.ts';
import { checkPlaced } from './check-templates.ts';
import { listForms, mostFormMembers, type Form } from './list-forms.ts';
import type { Rule } from './list-requests.ts';

type Source = OptionSource | FieldSource;

const kinds = {
  'x-optionsFrom': { list: 'optionSources', noun: 'option source' },
  'x-fieldsFrom': { list: 'fieldSources', noun: 'field source' },
} as const;

const keywords = ['x-optionsFrom', 'x-fieldsFrom', 'x-showWhen'];

export const checkSources: Rule = (connector) => [
  ...checkForms(connector),
  ...checkOtherForms(connector),
  ...listAll(connector).flatMap(({ source, path }) => checkSourceRequest(connector, source, path)),
  ...Object.entries(connector.fieldSources ?? {}).flatMap(([name, source]) =>
    checkField(connector, source, pointer('/fieldSources', name)),
  ),
];

function checkForms(connector: Connector): Problem[] {
  const found: Problem[] = [];
  let members = 0;
  for (const form of listForms(connector, keywords)) {
    members += form.members.length;
    if (members > mostFormMembers) {
      const message = `Inputs with choices, fields or conditions have more than ${mostFormMembers} parts; use them in fewer places.`;
      return [...found, problem(form.path, 'too_large', message)];
    }
    found.push(...form.members.flatMap((member) => checkMember(connector, form, member)));
    if (found.length >= problemLimit) break;
  }
  return found;
}

function listAll({ optionSources = {}, fieldSources = {} }: Connector): { source: Source; path: string }[] {
  return Object.entries({ optionSources, fieldSources }).flatMap(([kind, sources]) =>
    Object.entries<Source>(sources).map(([name, source]) => ({ source, path: pointer('', kind, name) })),
  );
}

/** One input that names a source, or says when it is shown. */
function checkMember(connector: Connector, form: Form, member: Member): Problem[] {
  const { schema, path, place } = member;
  const found = [
    ...checkName(connector, form, schema, 'x-optionsFrom', path),
    ...checkName(connector, form, schema, 'x-fieldsFrom', path),
  ];
  if (schema['x-fieldsFrom'] !== undefined && (place === '' || /\[\]|\*/.test(place)))
    found.push(
      problem(
        `${path}/x-fieldsFrom`,
        'wrong_value',
        'Fields are loaded for one member of the input, which is an object; put this there, not on the whole input or the entries of a list.',
      ),
    );
  if (schema['x-showWhen'] !== undefined) found.push(...checkShown(form, member));
  return found;
}

function checkName(
  connector: Connector,
  form: Form,
  schema: { [keyword: string]: Json },
  keyword: keyof typeof kinds,
  path: string,
): Problem[] {
  const name = schema[keyword];
  if (typeof name !== 'string') return [];
  const { list, noun } = kinds[keyword];
  const sources: { [name: string]: Source } = connector[list] ?? {};
  if (!Object.hasOwn(sources, name))
    return [
      problem(
        `${path}/${keyword}`,
        'unknown_source',
        `There is no ${noun} ${quote(name)} in this connector; add it to ${list} or correct the name.`,
      ),
    ];
  const source = sources[name]!;
  const nested = keyword === 'x-fieldsFrom' ? namedByFields(connector, name) : [];
  return [source, ...nested].flatMap(({ dependsOn = [] }) =>
    dependsOn
      .filter((input) => findDeclared(form.whole, input.split('.')) !== null)
      .map((input) =>
        problem(
          `${path}/${keyword}`,
          'undeclared_name',
          `${quote(name)} depends on the input ${quote(input)}, which is not declared here; add it to this input schema or correct dependsOn.`,
        ),
      ),
  );
}

/** The option sources that the fields of a field source have themselves. */
function namedByFields(connector: Connector, name: string): OptionSource[] {
  const type = connector.fieldSources?.[name]?.field.type;
  return [...Object.values(type?.map ?? {}), type?.default].flatMap((schema) => {
    const named = schema?.['x-optionsFrom'];
    const sources = connector.optionSources ?? {};
    return typeof named === 'string' && Object.hasOwn(sources, named) ? [sources[named]!] : [];
  });
}

function checkShown({ whole }: Form, { schema, path, place, isRequired }: Member): Problem[] {
  const here = `${path}/x-showWhen`;
  const value = schema['x-showWhen'] as string;
  const found = isTemplate(value)
    ? checkPlaced({ value, path: here, roots: ['input'], declared: { input: whole }, isCondition: true })
    : [
        problem(
          here,
          'not_a_condition',
          'A condition is one {{ … }} and nothing else, such as "{{input.kind == \'other\'}}".',
        ),
      ];
  if (place.includes('[]') || place === '')
    found.push(
      problem(
        here,
        'wrong_value',
        'Only members of the input can be shown and hidden, not the entries of a list.',
      ),
    );
  if (isRequired)
    found.push(
      problem(
        here,
        'wrong_value',
        'An input that can be hidden cannot be required; take it out of "required".',
      ),
    );
  return found;
}

/** Settings and credentials are typed in before there is a connection to ask with. */
function checkOtherForms(connector: Connector): Problem[] {
  const forms: { schema: Json | undefined; path: string }[] = [
    { schema: connector.connectionSchema, path: '/connectionSchema' },
    ...connector.auth.map(({ credentialsSchema: schema }, index) => ({
      schema,
      path: pointer('/auth', index, 'credentialsSchema'),
    })),
  ];
  return forms.flatMap(({ schema, path }) => listKeywords(schema, path));
}

function listKeywords(value: Json | undefined, path: string): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    keywords.includes(key) && typeof entry === 'string'
      ? [
          problem(
            pointer(path, key),
            'wrong_value',
            `${quote(key)} works in the inputs of actions and triggers only; take it out.`,
          ),
        ]
      : listKeywords(entry, pointer(path, key)),
  );
}

/** What a description becomes: its bare paths read the description, its schemas stand alone. */
function checkField(connector: Connector, { field }: FieldSource, path: string): Problem[] {
  const roots = ['item', 'index', 'input', 'connection'];
  const paths: [string, string | undefined][] = [
    ['type/from', field.type?.from],
    ['required', field.required],
    ['options/items', field.options?.items],
  ];
  const found = paths.flatMap(([name, value]) =>
    value === undefined ? [] : checkValue(`{{${value}}}`, { roots }, `${path}/field/${name}`),
  );
  const schemas = [
    ...Object.entries(field.type?.map ?? {}).map(
      ([name, schema]) => [pointer(path, 'field', 'type', 'map', name), schema] as const,
    ),
    [`${path}/field/type/default`, field.type?.default] as const,
  ];
  return [...found, ...schemas.flatMap(([here, schema]) => checkFieldSchema(connector, schema, here))];
}

function checkFieldSchema(connector: Connector, value: Json | undefined, path: string): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const here = pointer(path, key);
    if (typeof entry !== 'string') return checkFieldSchema(connector, entry, here);
    if (key === '$ref')
      return [problem(here, 'wrong_value', 'The schema of a field stands alone; write it out here.')];
    if (key === 'x-fieldsFrom' || key === 'x-showWhen')
      return [problem(here, 'wrong_value', `A loaded field has no ${quote(key)}; take it out.`)];
    if (key === 'x-optionsFrom' && !Object.hasOwn(connector.optionSources ?? {}, entry))
      return [
        problem(
          here,
          'unknown_source',
          `There is no option source ${quote(entry)} in this connector; add it to optionSources or correct the name.`,
        ),
      ];
    return [];
  });
}

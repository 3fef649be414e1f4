/** Changes of one action. */
import { safeMethods } from '../methods.ts';
import { inputSchemaOf, outputSchemaOf } from '../schemas/compose-schema.ts';
import type { Action, Connector } from '../types.ts';
import type { Change } from './change.ts';
import { diffSchemas } from './diff-schemas.ts';
import { isSameSchema } from './same-schema.ts';
import { same } from './same.ts';

/** Keys that other lines of this file judge; every other key of the format is an inner detail, so a patch. */
const judged = new Set<string>([
  'key',
  'inputSchema',
  'outputSchema',
  'pathSchema',
  'querySchema',
  'headersSchema',
  'cookiesSchema',
  'method',
  'effect',
  'idempotency',
  'hidden',
  'requiredScopes',
  'maxItems',
  'auth',
]);

const wording = new Set<string>(['name', 'description', 'group', 'kind', 'sample', 'examples', 'deprecated']);

const inputsOf = (action: Action) => [
  action.inputSchema,
  action.pathSchema,
  action.querySchema,
  action.headersSchema,
  action.cookiesSchema,
  action.bodySchema,
];

export function diffAction(
  older: Connector,
  newer: Connector,
  from: Action,
  to: Action,
  path: string,
): Change[] {
  const key = `"${to.key}"`;
  const isDeclared = from.idempotency !== undefined && from.idempotency.mode !== 'none';
  return [
    ...(isSameSchema(older, newer, inputsOf(from), inputsOf(to))
      ? []
      : diffSchemas(inputSchemaOf(older, from), inputSchemaOf(newer, to), `${path}/inputSchema`, 'in')),
    ...(isSameSchema(older, newer, [from.outputSchema], [to.outputSchema])
      ? []
      : diffSchemas(outputSchemaOf(older, from), outputSchemaOf(newer, to), `${path}/outputSchema`, 'out')),
    ...same(from.method, to.method, `${path}/method`, 'major', `${key} uses another method.`),
    ...same(from.effect, to.effect, `${path}/effect`, 'major', `${key} has another effect on the world.`),
    ...same(
      from.idempotency,
      to.idempotency,
      `${path}/idempotency`,
      isDeclared ? 'major' : 'patch',
      `Repeats of ${key} are recognised differently.`,
    ),
    ...same(
      from.hidden === true,
      to.hidden === true,
      `${path}/hidden`,
      'minor',
      `${key} is ${to.hidden ? 'no longer' : 'now'} listed.`,
    ),
    ...diffSideEffects(from, to, path),
    ...diffSigning(from, to, path),
    ...diffPages(from, to, path),
    ...diffScopes(from, to, path),
    ...diffDetails(from, to, path),
  ];
}

/** Requests before and after its own that change something are part of what an action does to the world. */
function diffSideEffects(from: Action, to: Action, path: string): Change[] {
  const acting = ({ steps = [], after = [] }: Action) =>
    [...steps, ...after].map(({ method }) => method).filter((method) => !safeMethods.has(method));
  const kindOf = ({ graphql }: Action) => /^\s*(query|mutation)\b/.exec(graphql?.query ?? '')?.[1] ?? 'query';
  return [
    ...same(
      acting(from),
      acting(to),
      `${path}/steps`,
      'major',
      `"${to.key}" changes other things on its way.`,
    ),
    ...(from.graphql && to.graphql
      ? same(
          kindOf(from),
          kindOf(to),
          `${path}/graphql/query`,
          'major',
          `"${to.key}" has another effect on the world.`,
        )
      : []),
  ];
}

/** Who asks is part of what an action sees and does. */
function diffSigning(from: Action, to: Action, path: string): Change[] {
  const signed = ({ auth, steps = [], after = [], asyncJob }: Action): { [place: string]: string } =>
    Object.fromEntries(
      [
        { place: 'auth', request: { auth } },
        ...steps.map((request) => ({ place: `steps/${request.id}`, request })),
        ...after.map((request) => ({ place: `after/${request.id}`, request })),
        { place: 'asyncJob/status', request: asyncJob?.status },
        { place: 'asyncJob/result', request: asyncJob?.result },
      ].flatMap(({ place, request }) => (request ? [[place, request.auth ?? 'inherit'] as const] : [])),
    );
  const [before, after] = [signed(from), signed(to)];
  return Object.keys(before)
    .filter((place) => Object.hasOwn(after, place) && before[place] !== after[place])
    .map((place) => ({
      path: `${path}/${place === 'auth' ? place : (place.split('/')[0] ?? '')}`,
      bump: 'major',
      message: `"${to.key}" sends other credentials, so it may see and do other things.`,
    }));
}

function diffPages(from: Action, to: Action, path: string): Change[] {
  const isPaged = ({ pagination }: Action) => pagination !== undefined && pagination.type !== 'none';
  if (isPaged(from) !== isPaged(to))
    return [
      {
        path: `${path}/pagination`,
        bump: isPaged(to) ? 'minor' : 'major',
        message: isPaged(to)
          ? `"${to.key}" now reads all pages.`
          : `"${to.key}" now reads the first page only, so workflows get fewer items.`,
      },
    ];
  const [before, after] = [from.maxItems ?? Infinity, to.maxItems ?? Infinity];
  if (before === after) return [];
  return [
    {
      path: `${path}/maxItems`,
      bump: after > before ? 'minor' : 'major',
      message: `"${to.key}" reads ${after > before ? 'more' : 'fewer'} items than before.`,
    },
  ];
}

function diffScopes(from: Action, to: Action, path: string): Change[] {
  const [before, after] = [from.requiredScopes ?? [], to.requiredScopes ?? []];
  const more = after.filter((name) => !before.includes(name));
  if (more.length > 0)
    return [
      {
        path: `${path}/requiredScopes`,
        bump: 'major',
        message: `"${to.key}" now needs the scopes ${more.join(', ')}.`,
      },
    ];
  return same(before, after, `${path}/requiredScopes`, 'patch', `"${to.key}" needs fewer scopes.`);
}

function diffDetails(from: Action, to: Action, path: string): Change[] {
  const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...keys]
    .filter((name) => !judged.has(name) && !(name === 'bodySchema' && to.inputSchema === undefined))
    .flatMap((name) =>
      same(
        from[name as keyof Action],
        to[name as keyof Action],
        `${path}/${name}`,
        'patch',
        wording.has(name)
          ? `"${name}" of "${to.key}" changed.`
          : `"${name}" of "${to.key}" changed; its input and output stay as they are.`,
      ),
    );
}

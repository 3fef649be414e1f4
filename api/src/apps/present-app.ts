// Apps as the API shows them.
import type { Action, Connector, Trigger } from '@weftline/connectors/types';
import type { AppFound, VersionRow } from './find-app.ts';
import { formatEtag } from '../edit-version.ts';

const listOf = <Item>(value: readonly Item[] | undefined): readonly Item[] =>
  Array.isArray(value) ? value : [];

/** One row of a list. `connector`: the newest version, else the draft (which may be unfinished), else null. */
export function presentAppSummary(
  { row, builtIn, versions }: AppFound,
  connector: Partial<Connector> | null,
): { [member: string]: unknown } {
  const app: Partial<Connector['app']> = connector?.app ?? {};
  return {
    key: row.key,
    name: row.name,
    description: app.description ?? null,
    categories: listOf(app.categories),
    ...(app.icon === undefined ? {} : { icon: app.icon }),
    builtIn,
    latestVersion: versions[0]?.version ?? null,
    draft: !builtIn && row.draft !== null,
    authTypes: [...new Set(listOf(connector?.auth).map((auth) => auth?.type))].filter(Boolean),
    actions: listOf(connector?.actions).filter((action) => action?.hidden !== true).length,
    triggers: listOf(connector?.triggers).length,
  };
}

/** What an app can do, in short: actions, then triggers, as far as they are listed at all. */
export function presentParts(connector: Partial<Connector> | null): { [member: string]: unknown }[] {
  const shown = (kind: 'action' | 'trigger', part: Partial<Action & Trigger>) => ({
    kind,
    key: part.key ?? '',
    name: part.name ?? part.key ?? '',
    description: part.description ?? null,
    effect: part.effect ?? null,
  });
  return [
    ...listOf(connector?.actions).flatMap((one) => (one?.hidden ? [] : [shown('action', one)])),
    ...listOf(connector?.triggers).flatMap((one) => (one?.hidden ? [] : [shown('trigger', one as object)])),
  ];
}

/** One version in the list of an app. */
export const presentVersion = ({ version, publishedAt, status, contentHash }: VersionRow) => ({
  version,
  publishedAt: publishedAt.toISOString(),
  status,
  contentHash,
});

/** The whole app: summary, versions, newest document, and the draft of an own app. */
export function presentApp(
  app: AppFound,
  latest: Connector | null,
  draft: { definition: unknown; problems: unknown } | null,
): { [member: string]: unknown } {
  const { draft: _hasDraft, ...summary } = presentAppSummary(
    app,
    latest ?? (draft?.definition as Partial<Connector> | undefined) ?? null,
  );
  return {
    ...summary,
    etag: formatEtag(app.row.etag),
    versions: app.versions.map(presentVersion),
    ...(draft === null ? {} : { draft: { ...draft, etag: formatEtag(app.row.etag) } }),
    definition: latest,
  };
}

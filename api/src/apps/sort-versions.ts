import { compareVersions } from '@weftline/connectors/compare-versions';

/** Newest first; the input is not changed. */
export const newestFirst = <Row extends { version: string }>(rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => compareVersions(b.version, a.version));

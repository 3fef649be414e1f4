/** Orders versions, and says by how much a new version of a connector must be raised, with reasons. */
import type { Change } from './versions/change.ts';
import { diffConnectors } from './versions/diff-connectors.ts';
import type { Connector } from './types.ts';

export type Bump = 'none' | 'patch' | 'minor' | 'major';
export type { Change } from './versions/change.ts';

const rank: { [bump in Bump]: number } = { none: 0, patch: 1, minor: 2, major: 3 };

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. Both are `x.y.z`. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [numbersOf(a), numbersOf(b)];
  const at = first.findIndex((number, index) => number !== second[index]);
  return at === -1 ? 0 : first[at]! - second[at]!;
}

/**
 * What changed between two versions of one app and what that asks for: `major` when a workflow built on the old one
 * could break, `minor` when something was added, `patch` when inputs and outputs stay as they are.
 */
export function compareConnectors(older: Connector, newer: Connector): { bump: Bump; changes: Change[] } {
  const changes = diffConnectors(older, newer);
  const bump = changes.reduce<Bump>(
    (most, change) => (rank[change.bump] > rank[most] ? change.bump : most),
    'none',
  );
  return { bump, changes };
}

/**
 * Is the number of the new version high enough for what changed?
 * @returns null when it is, else a sentence that says which version is needed and why
 */
export function checkBump(older: Connector, newer: Connector): string | null {
  if (compareVersions(newer.version, older.version) <= 0) {
    return `Version ${newer.version} is not newer than ${older.version}, which is published; raise it.`;
  }
  const { bump, changes } = compareConnectors(older, newer);
  const given = bumpBetween(older.version, newer.version);
  if (rank[given] >= rank[bump]) return null;
  const reasons = changes.filter((change) => change.bump === bump).map(({ message }) => message);
  return `This needs a ${bump} version (${raise(older.version, bump)} or higher): ${reasons.slice(0, 5).join(' ')}`;
}

/** The next version of a kind: `raise('1.2.3', 'minor')` is `1.3.0`. */
export function raise(version: string, bump: Bump): string {
  const [major = 0, minor = 0, patch = 0] = numbersOf(version);
  if (bump === 'major') return `${major + 1}.0.0`;
  if (bump === 'minor') return `${major}.${minor + 1}.0`;
  return bump === 'patch' ? `${major}.${minor}.${patch + 1}` : version;
}

function bumpBetween(older: string, newer: string): Bump {
  const [a, b] = [numbersOf(older), numbersOf(newer)];
  if (a[0] !== b[0]) return 'major';
  if (a[1] !== b[1]) return 'minor';
  return a[2] === b[2] ? 'none' : 'patch';
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}

// Sums over many pieces, kept in a file between them, and the table that is printed of them.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { FaultRow, Violation } from './check-ledgers.ts';
import type { PieceReport } from './run-piece.ts';

export type Progress = {
  pieces: number;
  seconds: number;
  /** By lease in seconds. */
  crashes: { [lease: string]: number };
  accepted: number;
  runs: number;
  requests: number;
  calls: number;
  keys: number;
  repeated: number;
  woken: number;
  quarantined: number;
  violations: (Violation & { layout: string })[];
  /** By lease, layout and fault. */
  faults: (FaultRow & { layout: string; lease: number })[];
};

const nothing = (): Progress => ({
  pieces: 0,
  seconds: 0,
  crashes: {},
  accepted: 0,
  runs: 0,
  requests: 0,
  calls: 0,
  keys: 0,
  repeated: 0,
  woken: 0,
  quarantined: 0,
  violations: [],
  faults: [],
});

/** What former pieces came to; nothing when the file is not there. */
export const readProgress = (file: string): Progress =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Progress) : nothing();

/** Replaces the file at once, so that a run that is broken off leaves whole pieces behind. */
export function writeProgress(file: string, progress: Progress): void {
  writeFileSync(`${file}.new`, JSON.stringify(progress));
  renameSync(`${file}.new`, file);
}

/** Adds one piece's report. */
export function addReport(progress: Progress, report: PieceReport): Progress {
  const lease = String(report.leaseSeconds);
  const faults = progress.faults.map((row) => ({ ...row }));
  for (const row of report.faults) {
    const former = faults.find(
      (one) => one.fault === row.fault && one.layout === report.layout && one.lease === report.leaseSeconds,
    );
    if (!former) {
      faults.push({ ...row, layout: report.layout, lease: report.leaseSeconds });
      continue;
    }
    for (const name of ['times', 'runs', 'lost', 'doubled', 'repeated'] as const) former[name] += row[name];
    former.takeoversMs = [...former.takeoversMs, ...row.takeoversMs].sort((a, b) => a - b);
  }
  const sum = (
    name: 'accepted' | 'runs' | 'requests' | 'calls' | 'keys' | 'repeated' | 'woken' | 'quarantined',
  ) => progress[name] + report[name];
  return {
    pieces: progress.pieces + 1,
    seconds: progress.seconds + report.seconds,
    crashes: { ...progress.crashes, [lease]: (progress.crashes[lease] ?? 0) + report.crashes },
    accepted: sum('accepted'),
    runs: sum('runs'),
    requests: sum('requests'),
    calls: sum('calls'),
    keys: sum('keys'),
    repeated: sum('repeated'),
    woken: sum('woken'),
    quarantined: sum('quarantined'),
    violations: [
      ...progress.violations,
      ...report.violations.map((violation) => ({ ...violation, layout: report.layout })),
    ],
    faults,
  };
}

/** The value below which a share of sorted values lies; null without values. */
export const quantile = (sorted: readonly number[], share: number): number | null =>
  sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!;

const seconds = (ms: number | null): string => (ms === null ? '-' : (ms / 1000).toFixed(1));

/** Takeovers over all faults of a lease, in ms, sorted. */
export const takeoversOf = ({ faults }: Progress, lease: number): number[] =>
  faults
    .filter((row) => row.lease === lease)
    .flatMap((row) => row.takeoversMs)
    .sort((a, b) => a - b);

/** The table faults x runs x lost x doubled x takeover, and the sums. */
export function printProgress(progress: Progress): string {
  const header = [
    'lease',
    'layout',
    'fault',
    'times',
    'runs',
    'lost',
    'doubled',
    'repeated',
    'p50 s',
    'p99 s',
    'most s',
  ];
  const rows = progress.faults
    .toSorted(
      (a, b) => a.lease - b.lease || b.layout.localeCompare(a.layout) || a.fault.localeCompare(b.fault),
    )
    .map((row) => [
      String(row.lease),
      row.layout,
      row.fault,
      ...[row.times, row.runs, row.lost, row.doubled, row.repeated].map(String),
      ...[0.5, 0.99, 1].map((share) => seconds(quantile(row.takeoversMs, share))),
    ]);
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ');
  const crashes = Object.entries(progress.crashes).map(
    ([lease, count]) => `${count} with a lease of ${lease} s`,
  );
  const takeovers = Object.keys(progress.crashes).map((lease) => {
    const all = takeoversOf(progress, Number(lease));
    return `lease ${lease} s: ${all.length} runs, p50 ${seconds(quantile(all, 0.5))} s, p99 ${seconds(quantile(all, 0.99))} s, most ${seconds(quantile(all, 1))} s`;
  });
  return [
    line(header),
    ...rows.map(line),
    '',
    `crashes: ${crashes.join(', ')}; ${progress.pieces} pieces, ${Math.round(progress.seconds)} s`,
    `accepted: ${progress.accepted}, runs: ${progress.runs}, requests: ${progress.requests}, calls: ${progress.calls}, keys: ${progress.keys}`,
    `sent again because they were in flight: ${progress.repeated} (of stopped workers that woke: ${progress.woken}); put aside after three crashes: ${progress.quarantined}`,
    `takeover: ${takeovers.join('; ')}`,
    `violations: ${progress.violations.length}`,
    ...progress.violations
      .slice(0, 40)
      .map((one) => `  ${one.kind} (${one.layout}, ${one.fault}): ${one.text}`),
  ].join('\n');
}

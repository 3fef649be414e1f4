import type { MetricKind, Sample } from './k6/messages.ts';

/** The figures of one metric under the names that thresholds use. */
export type Figures = Record<string, number>;

type Series = { kind: MetricKind; samples: { value: number; tags: Record<string, string> }[] };

export type Metrics = {
  add(samples: readonly Sample[]): void;
  names(): string[];
  /**
   * @param selector a name, or a name with tags: `http_req_duration{name:hook}`
   * @param percentiles more percentiles than 90, 95 and 99, as numbers
   * @returns null when nothing was measured
   */
  figures(selector: string, seconds: number, percentiles?: readonly number[]): Figures | null;
};

/** Keeps every value, so that percentiles are exact; meant for tests of minutes, not of days. */
export function collectMetrics(): Metrics {
  const series = new Map<string, Series>();
  return {
    add(samples) {
      for (const { metric, kind, value, tags } of samples) {
        const one = series.get(metric) ?? { kind, samples: [] };
        one.samples.push({ value, tags });
        series.set(metric, one);
      }
    },
    names: () => [...series.keys()].toSorted(),
    figures(selector, seconds, percentiles = []) {
      const { name, tags } = readSelector(selector);
      const one = series.get(name);
      const values = (one?.samples ?? [])
        .filter((sample) => Object.entries(tags).every(([tag, value]) => sample.tags[tag] === value))
        .map((sample) => sample.value);
      return one && values.length > 0 ? summarise(one.kind, values, seconds, percentiles) : null;
    },
  };
}

function readSelector(selector: string): { name: string; tags: Record<string, string> } {
  const [, name = selector, inner = ''] = /^([^{]+)\{(.*)\}$/.exec(selector) ?? [];
  const pairs = inner
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const colon = pair.indexOf(':');
      return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()];
    });
  return { name: name.trim(), tags: Object.fromEntries(pairs) as Record<string, string> };
}

function summarise(kind: MetricKind, values: number[], seconds: number, more: readonly number[]): Figures {
  const count = values.length;
  const sum = values.reduce((total, value) => total + value, 0);
  if (kind === 'counter') return { count: sum, rate: sum / seconds };
  if (kind === 'gauge') return { value: values.at(-1) ?? 0 };
  if (kind === 'rate') return { rate: values.filter((value) => value !== 0).length / count, count };
  const sorted = values.toSorted((a, b) => a - b);
  const figures: Figures = {
    count,
    min: sorted[0] ?? 0,
    avg: sum / count,
    med: percentile(sorted, 50),
    max: sorted.at(-1) ?? 0,
  };
  for (const one of new Set([90, 95, 99, ...more])) figures[`p(${one})`] = percentile(sorted, one);
  return figures;
}

/** Between the two nearest values, in proportion, as k6 does it. */
function percentile(sorted: readonly number[], percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

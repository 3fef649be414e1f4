import type { Metrics } from './collect-metrics.ts';
import type { Threshold } from './k6/messages.ts';

export type Verdict = { metric: string; threshold: string; holds: boolean; measured: number | null };

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '===': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

/**
 * Holds the promises of a script against what was measured. A threshold over something that was never measured
 * does not hold: a mistyped name must not pass.
 *
 * @throws for a threshold that cannot be read
 */
export function judgeThresholds(
  thresholds: Record<string, Threshold | Threshold[]>,
  metrics: Metrics,
  seconds: number,
): Verdict[] {
  return Object.entries(thresholds).flatMap(([metric, given]) =>
    [given].flat().map((one): Verdict => {
      const threshold = typeof one === 'string' ? one : one.threshold;
      const { figure, operator, limit } = readThreshold(threshold);
      const percent = /^p\(([\d.]+)\)$/.exec(figure)?.[1];
      const figures = metrics.figures(metric, seconds, percent === undefined ? [] : [Number(percent)]);
      const measured = figures?.[figure] ?? null;
      const holds = measured !== null && (comparisons[operator]?.(measured, limit) ?? false);
      return { metric, threshold, holds, measured };
    }),
  );
}

function readThreshold(text: string): { figure: string; operator: string; limit: number } {
  const parts = /^\s*([a-z]+(?:\([\d.]+\))?)\s*(<=|>=|===|==|!=|<|>)\s*(-?[\d.]+)\s*$/.exec(text);
  const [, figure = '', operator = '', limit = ''] = parts ?? [];
  if (!parts || Number.isNaN(Number(limit))) throw new Error(`"${text}" is not a threshold like p(95)<500.`);
  return { figure, operator, limit: Number(limit) };
}

// Requests by route and status, for /metrics. Plain counters: a few lines of text are all that Prometheus asks for.
import type { Services } from '../services.ts';

type Series = { count: number; seconds: number; buckets: number[] };
const bounds = [0.005, 0.025, 0.1, 0.5, 2.5, 10];
const counters = new WeakMap<Services, Map<string, Series>>();

const quote = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

/** Counts one request. `route` is the path with its {names}, so the number of series stays small. */
export function countRequest(
  services: Services,
  method: string,
  route: string,
  status: number,
  ms: number,
): void {
  let series = counters.get(services);
  if (!series) counters.set(services, (series = new Map()));
  const verb = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/.test(method) ? method : 'OTHER';
  const labels = `method="${verb}",route="${quote(route)}",status="${status}"`;
  const one = series.get(labels) ?? { count: 0, seconds: 0, buckets: bounds.map(() => 0) };
  one.count += 1;
  one.seconds += ms / 1000;
  bounds.forEach((bound, index) => {
    if (ms / 1000 <= bound) one.buckets[index]! += 1;
  });
  series.set(labels, one);
}

/** The counters in Prometheus' text form. */
export function printRequests(services: Services): string {
  const lines = [
    '# HELP weftline_http_request_duration_seconds Time to answer, by route.',
    '# TYPE weftline_http_request_duration_seconds histogram',
  ];
  for (const [labels, { count, seconds, buckets }] of counters.get(services) ?? []) {
    bounds.forEach((bound, index) =>
      lines.push(`weftline_http_request_duration_seconds_bucket{${labels},le="${bound}"} ${buckets[index]}`),
    );
    lines.push(
      `weftline_http_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`,
      `weftline_http_request_duration_seconds_sum{${labels}} ${seconds.toFixed(6)}`,
      `weftline_http_request_duration_seconds_count{${labels}} ${count}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

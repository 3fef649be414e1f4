// What a script gets from `import { … } from 'k6/metrics'`.
import type { MetricKind } from './messages.ts';
import { addSample } from './thread-state.ts';

class Metric {
  readonly name: string;
  readonly kind: MetricKind;

  constructor(name: string, kind: MetricKind) {
    this.name = name;
    this.kind = kind;
  }

  add(value: number | boolean, tags?: Record<string, string>): void {
    addSample(this.name, this.kind, Number(value), tags);
  }
}

/** A sum. */
export class Counter extends Metric {
  constructor(name: string) {
    super(name, 'counter');
  }
}

/** The last value. */
export class Gauge extends Metric {
  constructor(name: string) {
    super(name, 'gauge');
  }
}

/** The share of values that are not zero. */
export class Rate extends Metric {
  constructor(name: string) {
    super(name, 'rate');
  }
}

/** Minimum, average, median, maximum and percentiles. */
export class Trend extends Metric {
  constructor(name: string) {
    super(name, 'trend');
  }
}

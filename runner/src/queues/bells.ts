// A bell says that something may be ready. It carries ids at most, may be lost, doubled or late, and decides nothing:
// what is ready stands in PostgreSQL, and every process looks there each second anyway.

export type Bells = {
  /** Rings in every process; never throws and never waits long. */
  ring(): void;
  onRing(listener: () => void): void;
  close(): Promise<void>;
};

export type Message =
  | { kind: 'run' }
  | { kind: 'cancel'; runId: string }
  | { kind: 'forget'; workflowId: string };

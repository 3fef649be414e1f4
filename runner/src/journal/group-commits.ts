// Gathers what many runs want to write and commits it together. While one batch is on its way the next one gathers.

type Waiting<Item, Answer> = { item: Item; resolve(answer: Answer): void; reject(error: unknown): void };

export type GroupCommit<Item, Answer> = {
  (item: Item): Promise<Answer>;
  /** Items that wait for a batch. */
  readonly size: () => number;
};

export type GroupCommitOptions<Item, Answer> = {
  /** Writes a batch in one commit; the answers stand in the order of the items. */
  write(items: Item[]): Promise<Answer[]>;
  /** Batches under way at once. */
  parallel?: number;
  /** Most items a batch holds. */
  most?: number;
  /** Past this many waiting items `overflow` makes the error. */
  bound?: number;
  overflow?(): Error;
  /** True for faults of the data (not of the connection): then the items are tried one by one, so that only the offender fails. */
  isOffence(error: unknown): boolean;
};

/** Makes a function that commits items in groups. */
export function groupCommits<Item, Answer>(
  options: GroupCommitOptions<Item, Answer>,
): GroupCommit<Item, Answer> {
  const { write, parallel = 2, most = 400, bound = 20_000, isOffence } = options;
  const waiting: Waiting<Item, Answer>[] = [];
  let busy = 0;
  let scheduled = false;

  async function settle(batch: Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await write(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => entry.resolve(answers[index]!));
    } catch (error) {
      if (batch.length === 1 || !isOffence(error)) {
        for (const entry of batch) entry.reject(error);
        return;
      }
      for (const entry of batch) await settle([entry]);
    }
  }

  function flush(): void {
    scheduled = false;
    while (busy < parallel && waiting.length > 0) {
      const batch = waiting.splice(0, most);
      busy += 1;
      void settle(batch).finally(() => {
        busy -= 1;
        if (waiting.length > 0) flush();
      });
    }
  }

  const commit = (item: Item): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (waiting.length >= bound) {
        reject(options.overflow?.() ?? new Error('too much is waiting to be written'));
        return;
      }
      waiting.push({ item, resolve, reject });
      if (!scheduled && busy < parallel) {
        scheduled = true;
        setImmediate(flush);
      }
    });
  return Object.assign(commit, { size: () => waiting.length });
}

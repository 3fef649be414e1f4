// A bounded queue that takes turns over tenants, so that one tenant's thousand stand behind another's first.

export type Turns<Entry> = {
  /** False: there is no room for it. */
  add(tenantId: string, entry: Entry): boolean;
  /** The next entry that may go, of the tenant whose turn it is; a tenant whose first may not go is passed over. */
  take(mayGo: (entry: Entry) => boolean): Entry | null;
  remove(entry: Entry): boolean;
  size(): number;
};

/** Inputs: how many entries may wait altogether, and of one tenant. */
export function takeTurns<Entry>(most: number, mostOfTenant: number): Turns<Entry> {
  const queues = new Map<string, Entry[]>();
  let waiting = 0;
  return {
    add(tenantId, entry) {
      const queue = queues.get(tenantId) ?? [];
      if (waiting >= most || queue.length >= mostOfTenant) return false;
      queue.push(entry);
      queues.set(tenantId, queue);
      waiting += 1;
      return true;
    },
    take(mayGo) {
      for (const [tenantId, queue] of queues) {
        if (!mayGo(queue[0]!)) continue;
        const entry = queue.shift()!;
        // Maps keep the order of insertion: whoever was served goes to the end.
        queues.delete(tenantId);
        if (queue.length > 0) queues.set(tenantId, queue);
        waiting -= 1;
        return entry;
      }
      return null;
    },
    remove(entry) {
      for (const [tenantId, queue] of queues) {
        const at = queue.indexOf(entry);
        if (at < 0) continue;
        queue.splice(at, 1);
        if (queue.length === 0) queues.delete(tenantId);
        waiting -= 1;
        return true;
      }
      return false;
    },
    size: () => waiting,
  };
}

// Answers that may be used again for a while, in this process alone: the ones used longest ago make room for new ones.

type Kept = { text: string; until: number };

export type AnswerStore = {
  /** What was kept under the name and is not over yet. `now` in milliseconds since 1970. */
  find: (name: string, now: number) => unknown;
  /** Keeps a JSON value for so many milliseconds; one that is larger than the whole store is not kept. */
  keep: (name: string, value: unknown, keepMs: number, now: number) => void;
};

/**
 * @param mostEntries how many answers are kept
 * @param mostCharacters of all kept answers and their names together
 */
export const createAnswerStore = (mostEntries: number, mostCharacters: number): AnswerStore => {
  const kept = new Map<string, Kept>();
  let characters = 0;
  const drop = (name: string): void => {
    const found = kept.get(name);
    if (found === undefined) return;
    kept.delete(name);
    characters -= name.length + found.text.length;
  };
  return {
    find(name, now) {
      const found = kept.get(name);
      if (found === undefined) return undefined;
      if (found.until <= now) {
        drop(name);
        return undefined;
      }
      kept.delete(name);
      kept.set(name, found);
      // As text, so that nobody can change what others will be given.
      return JSON.parse(found.text) as unknown;
    },
    keep(name, value, keepMs, now) {
      drop(name);
      const text = JSON.stringify(value);
      if (keepMs <= 0 || name.length + text.length > mostCharacters) return;
      kept.set(name, { text, until: now + keepMs });
      characters += name.length + text.length;
      for (const oldest of kept.keys()) {
        if (kept.size <= mostEntries && characters <= mostCharacters) break;
        drop(oldest);
      }
    },
  };
};

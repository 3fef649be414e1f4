/** Finds things by a few letters of their words, in any order, and forgives a typo. Pure, and quick for thousands of things. */

export type SearchField = {
  text: string | null | undefined;
  /** How much a hit here counts, 0 to 1. */
  weight: number;
  /** Only words as they are typed: long texts hold a near miss of nearly everything. */
  isExact?: boolean;
};
export type Searchable<Item> = { item: Item; words: { word: string; weight: number; isExact: boolean }[] };

const toWords = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** An item with the words it can be found by; made once, searched often. */
export function toSearchable<Item>(item: Item, fields: SearchField[]): Searchable<Item> {
  const words = fields.flatMap(({ text, weight, isExact = false }) =>
    toWords(text ?? '').map((word) => ({ word, weight, isExact })),
  );
  return { item, words };
}

/**
 * The items that hold every word of the query, best first; equally good ones stay in their order. Typos are forgiven when
 * nothing holds the words as they are typed.
 * @param bonus what an item has ahead of others, well below 1
 */
export function searchItems<Item>(
  all: readonly Searchable<Item>[],
  query: string,
  bonus: (item: Item) => number = () => 0,
): Item[] {
  const wanted = toWords(query);
  if (wanted.length === 0) return all.map(({ item }) => item);
  const found = findWords(all, wanted, bonus, compareWords);
  return found.length > 0 ? found : findWords(all, wanted, bonus, compareLoosely);
}

type Compare = (typed: string, word: string, isExact: boolean) => number;

function findWords<Item>(
  all: readonly Searchable<Item>[],
  wanted: readonly string[],
  bonus: (item: Item) => number,
  compare: Compare,
): Item[] {
  // The same words stand in many items.
  const near = new Map<string, number>();
  const closeness: Compare = (typed, word, isExact) => {
    const key = `${typed} ${word} ${isExact}`;
    const known = near.get(key) ?? compare(typed, word, isExact);
    near.set(key, known);
    return known;
  };
  return all
    .flatMap(({ item, words }) => {
      let sum = 0;
      for (const typed of wanted) {
        let best = 0;
        for (const { word, weight, isExact } of words)
          best = Math.max(best, weight * closeness(typed, word, isExact));
        if (best === 0) return [];
        sum += best;
      }
      return [{ item, score: sum / wanted.length + bonus(item) }];
    })
    .toSorted((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

function compareWords(typed: string, word: string): number {
  if (word === typed) return 1;
  if (word.startsWith(typed)) return 0.9;
  return typed.length >= 3 && word.includes(typed) ? 0.6 : 0;
}

function compareLoosely(typed: string, word: string, isExact: boolean): number {
  const strict = compareWords(typed, word);
  if (strict > 0 || isExact || typed.length < 4) return strict;
  const typos = distanceToStart(typed, word);
  return typos <= (typed.length < 8 ? 1 : 2) ? 0.5 - typos * 0.1 : 0;
}

/** Letters to change, add, leave out or swap with their neighbour until the typed is how the word starts. */
function distanceToStart(typed: string, word: string): number {
  let before: number[] = [];
  let row = Array.from({ length: word.length + 1 }, (_, at) => at);
  for (let y = 1; y <= typed.length; y += 1) {
    const next = [y];
    for (let x = 1; x <= word.length; x += 1) {
      const isSame = typed[y - 1] === word[x - 1];
      next[x] = Math.min(row[x]! + 1, next[x - 1]! + 1, row[x - 1]! + (isSame ? 0 : 1));
      if (y > 1 && x > 1 && typed[y - 1] === word[x - 2] && typed[y - 2] === word[x - 1])
        next[x] = Math.min(next[x]!, before[x - 2]! + 1);
    }
    before = row;
    row = next;
  }
  return Math.min(...row);
}

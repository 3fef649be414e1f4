/** What one template may use. Anything above fails with `expression_limit`. */
export const limits = {
  /** Characters of one `{{ … }}`, checked before parsing. */
  holeCharacters: 4000,
  /** Characters of a whole template that has at least one hole. */
  templateCharacters: 262_144,
  holesPerTemplate: 64,
  /** Open brackets at one place, checked before parsing. */
  nesting: 32,
  nodesPerTemplate: 300,
  /** Steps of work for one template: a node, a path segment or an item handled costs one. */
  fuel: 200_000,
  /** The same for all templates of one value tree together. */
  treeFuel: 1_000_000,
  /** The same for a tree that is filled once for each item of a list. */
  listFuel: 10_000_000,
  /** Levels of a value. */
  depth: 100,
  /** Items of any one list that an expression gives. */
  items: 10_000,
  /** Size of a result in bytes, counted as JSON. */
  outputBytes: 1_048_576,
  /** Size of all results of one value tree together, as JSON. */
  treeBytes: 10_485_760,
  patternCharacters: 500,
  /** Parts of a pattern with its repetitions written out. */
  patternSize: 2000,
  /** Characters of text that a pattern may be run over. */
  patternInput: 100_000,
} as const;

// What one execution of an author's code may use. The same figures for the child that enforces them and the parent that checks it.

export const codeLimits = {
  /** Of the source, in UTF-16 units; `mostCodeLength` of the workflow document says the same. */
  source: 65_536,
  /** Of the input as JSON text, in UTF-16 units. */
  input: 2 * 1024 * 1024,
  /** Of the output as JSON text in UTF-8. */
  outputBytes: 1024 * 1024,
  /** Levels of the output. */
  levels: 100,
  /** What the code may hold at once. */
  memoryBytes: 64 * 1024 * 1024,
  /** The whole memory of the engine that runs it, in pages of 64 KiB: the wall behind `memoryBytes`. */
  enginePages: 1_536,
  /** The stack of the engine; deeper recursion is an error of the code. */
  stackBytes: 192 * 1024,
  logLines: 200,
  logLine: 2_000,
  /** Of all lines together, in UTF-16 units. */
  logs: 32_768,
  /** The heap of the child around the engine. */
  childHeapMib: 128,
  /** Of one message from the child, in bytes: output and lines, each written as JSON in JSON. */
  messageBytes: 8 * 1024 * 1024,
} as const;

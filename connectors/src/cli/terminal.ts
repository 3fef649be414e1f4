/** Where the commands write and what they read from; handed in so that tests can look. */
export type Terminal = {
  write(text: string): void;
  writeError(text: string): void;
  env: { readonly [name: string]: string | undefined };
  fetch: typeof fetch;
  /** The text of standard input; absent where there is none. */
  readInput?: () => Promise<string>;
  /** Plays examples and fixtures; absent where the executor is not installed beside this package. */
  play?: PlayConnector;
};

/** One example or fixture and what became of it. */
export type Played = { action: string; title: string; ok: boolean; faults: string[] };

/** @param folder where the connector was read from, for its fixtures; null for a single document */
export type PlayConnector = (connector: unknown, folder: string | null) => Promise<Played[]>;

/** Where the commands write and what they read from; handed in so that tests can look. */
export type Terminal = {
  write(text: string): void;
  writeError(text: string): void;
  env: { readonly [name: string]: string | undefined };
  fetch: typeof fetch;
};

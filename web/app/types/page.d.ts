declare module '#app' {
  interface PageMeta {
    /** Can be seen without a session. */
    public?: boolean;
  }
}
export {};

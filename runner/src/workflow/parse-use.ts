/** `app@1.2.0#action` in its parts; null when it has another form. */
export function parseUse(use: string): { app: string; version: string; action: string } | null {
  const match = /^([a-z][a-z0-9-]{0,63})@(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)#([a-z][a-z0-9-]{0,63})$/.exec(
    use,
  );
  return match ? { app: match[1]!, version: match[2]!, action: match[3]! } : null;
}

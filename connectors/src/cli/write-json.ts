/** A value as the JSON that files and answers hold: two spaces, a line feed at the end. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Files among values: `{ fileId, name, contentType, size }` wherever it stands. */
export type FileReference = { fileId: string; name: string; contentType: string; size: number };

const mostFiles = 50;
const mostValues = 5_000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The reference that a value is; undefined when it is none. */
export function asFileReference(value: unknown): FileReference | undefined {
  if (!isObject(value)) return undefined;
  const { fileId, name, contentType, size } = value;
  return typeof fileId === 'string' &&
    /^[0-9a-f-]{36}$/.test(fileId) &&
    typeof name === 'string' &&
    typeof contentType === 'string' &&
    typeof size === 'number'
    ? { fileId, name, contentType, size }
    : undefined;
}

/** All different ones of a value, at most 50 of them. */
export function listFileReferences(value: unknown): FileReference[] {
  const found = new Map<string, FileReference>();
  const waiting = [value];
  for (let seen = 0; waiting.length > 0 && seen < mostValues && found.size < mostFiles; seen += 1) {
    const next = waiting.shift();
    const file = asFileReference(next);
    if (file !== undefined) found.set(file.fileId, file);
    else if (Array.isArray(next)) waiting.push(...next.slice(0, mostValues));
    else if (isObject(next)) waiting.push(...Object.values(next).slice(0, mostValues));
  }
  return [...found.values()];
}

/** `48.2 KB`, as people read sizes. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  const step = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const shown = bytes / 1000 ** step;
  return `${step === 0 ? shown : shown.toFixed(1)} ${units[step]}`;
}

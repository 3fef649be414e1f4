/** Times, durations and numbers as people read them. */

const steps: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 minutes ago", "in 2 hours"; under 45 seconds "now". */
export function formatRelative(at: string | number | Date, now: number, locale = 'en'): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  if (Math.abs(seconds) < 45) return words.format(0, 'second');
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  }
  return words.format(Math.round(seconds / 60), 'minute');
}

/** "840 ms", "3.2 s", "4 min 05 s", "2 h 10 min". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${String(Math.floor((ms % 60_000) / 1000)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Milliseconds between two times; up to `now` while the second is missing; null before the first. */
export function elapsedMs(
  from: string | null | undefined,
  to: string | null | undefined,
  now: number,
): number | null {
  if (!from) return null;
  return Math.max(0, (to ? new Date(to).getTime() : now) - new Date(from).getTime());
}

export function formatDateTime(at: string | Date, locale = 'en', timeZone?: string): string {
  return new Date(at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
}

/** Pretty JSON, cut for the screen. `cut` says that there is more. */
export function formatJson(value: unknown, maxCharacters = 40_000): { text: string; cut: boolean } {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');
  return text.length <= maxCharacters
    ? { text, cut: false }
    : { text: text.slice(0, maxCharacters), cut: true };
}

/** "GH" for "GitHub", "SW" for "Send to warehouse": two letters for a picture. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s_-]+/)
    .filter(Boolean);
  const letters = words.length > 1 ? words.map((word) => word[0]) : (name.match(/[A-Z]/g) ?? []);
  return (letters.length > 1 ? letters.slice(0, 2).join('') : name.slice(0, 2)).toUpperCase();
}

/** Sentences of the engine name moments in UTC (2026-11-21T12:50:13.888Z); people read them in their own time. */
export function localizeInstants(text: string, locale = 'en', timeZone?: string): string {
  return text.replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, (instant) =>
    new Date(instant).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone }),
  );
}

// A form (application/x-www-form-urlencoded) as an object; a name that comes several times is a list.
import type { Json } from '@weftline/connectors/json';

/** Built from entries, so that a field called __proto__ is a field like any other. */
export function readForm(text: string, readValue: (value: string) => Json = (value) => value): Json {
  const form = new URLSearchParams(text);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name).map(readValue);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

// CSV as a list of objects, named by the first line. Values stay texts: a postal code is no number.
import { parse } from 'csv-parse/sync';
import type { Json } from '@weftline/connectors/json';

/** Values of all lines together. */
export const mostCsvValues = 500_000;
/** Characters of one line. */
export const longestCsvLine = 1024 * 1024;
export const mostCsvColumns = 2_000;

const separators = [',', ';', '\t', '|'] as const;

/** The one that the first line uses most, outside of quotes. */
const findSeparator = (text: string): string => {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (let index = 0; index < Math.min(text.length, longestCsvLine); index += 1) {
    const char = text[index] as string;
    if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (char === '\n' || char === '\r')) break;
    else if (!isQuoted) counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  return separators.toSorted((one, other) => (counts.get(other) ?? 0) - (counts.get(one) ?? 0))[0] as string;
};

/** Names of the first line; an empty one is its place, a repeated one gets its number. */
const nameColumns = (line: readonly string[]): string[] => {
  if (line.length > mostCsvColumns) throw new RangeError(`it has more than ${mostCsvColumns} columns`);
  const seen = new Set<string>();
  return line.map((given, index) => {
    const base = given.trim() === '' ? `column ${index + 1}` : given.trim();
    let name = base;
    for (let number = 2; seen.has(name); number += 1) name = `${base} ${number}`;
    seen.add(name);
    return name;
  });
};

/**
 * Lines as objects. The separator (comma, semicolon, tab or bar) is the one of the first line; values missing at the end
 * of a line are left out.
 * @throws RangeError past the limits; SyntaxError for broken quotes and for lines with more values than names
 */
export const readCsv = (text: string): Json[] => {
  let values = 0;
  let rows: string[][];
  try {
    rows = parse(text, {
      bom: true,
      delimiter: findSeparator(text),
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: longestCsvLine,
      on_record: (row: string[]) => {
        values += row.length;
        if (values > mostCsvValues) throw new RangeError(`it has more than ${mostCsvValues} values`);
        return row;
      },
    });
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const { code, lines } = cause as { code?: string; lines?: number };
    if (code === 'CSV_MAX_RECORD_SIZE')
      throw new RangeError(`a line of it is longer than ${longestCsvLine} characters`, { cause });
    throw new SyntaxError(`it is not valid CSV at line ${lines ?? 1}`, { cause });
  }
  const [first, ...rest] = rows;
  if (first === undefined) return [];
  const names = nameColumns(first);
  return rest.map((row, index) => {
    if (row.length > names.length)
      throw new SyntaxError(`its row ${index + 2} has ${row.length} values for ${names.length} names`);
    // fromEntries defines members, so a column named __proto__ stays a plain member.
    return Object.fromEntries(row.map((value, at) => [names[at] as string, value]));
  });
};

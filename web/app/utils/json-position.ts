/** Where in a JSON text the value of a JSON pointer stands, for marking problems in the editor. */

export type Span = { from: number; to: number };

/**
 * Spans of all values by pointer (`''` is the whole). Works on JSON that `JSON.parse` accepts; for other texts it stops
 * where it cannot go on and answers what it has found.
 */
export function locateValues(text: string): Map<string, Span> {
  const found = new Map<string, Span>();
  let at = 0;
  const space = () => {
    while (at < text.length && /\s/.test(text[at]!)) at += 1;
  };
  const readText = (): string | null => {
    if (text[at] !== '"') return null;
    const from = at;
    at += 1;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at += 1;
    try {
      return JSON.parse(text.slice(from, at)) as string;
    } catch {
      return null;
    }
  };
  const readValue = (pointer: string, depth: number): boolean => {
    space();
    const from = at;
    let good = depth < 200;
    if (good && text[at] === '{') good = readMembers(pointer, depth);
    else if (good && text[at] === '[') good = readItems(pointer, depth);
    else if (good && text[at] === '"') good = readText() !== null;
    else {
      while (at < text.length && !/[\s,\]}]/.test(text[at]!)) at += 1;
      good = good && at > from;
    }
    found.set(pointer, { from, to: at });
    return good;
  };
  const readMembers = (pointer: string, depth: number): boolean => {
    at += 1;
    for (;;) {
      space();
      if (text[at] === '}') return ((at += 1), true);
      const name = readText();
      if (name === null) return false;
      space();
      if (text[at] !== ':') return false;
      at += 1;
      if (!readValue(`${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1))
        return false;
      space();
      if (text[at] === ',') at += 1;
      else if (text[at] !== '}') return false;
    }
  };
  const readItems = (pointer: string, depth: number): boolean => {
    at += 1;
    for (let index = 0; ; index += 1) {
      space();
      if (text[at] === ']') return ((at += 1), true);
      if (at >= text.length || !readValue(`${pointer}/${index}`, depth + 1)) return false;
      space();
      if (text[at] === ',') at += 1;
      else if (text[at] !== ']') return false;
    }
  };
  readValue('', 0);
  return found;
}

/** The span of a pointer, or of the nearest value around it that is there. */
export function spanOf(spans: Map<string, Span>, pointer: string): Span {
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const span = spans.get(path);
    if (span) return span;
    if (path === '') return { from: 0, to: 0 };
  }
}

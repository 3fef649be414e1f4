export type Import = {
  /** What stands between the quotes. */
  name: string;
  /** Only types are taken: nothing of it is left at run time. */
  isTypeOnly: boolean;
};

// Statements begin a line in formatted code, which keeps examples inside strings out.
const statement = /^[ \t]*(?:import|export)\s+(type\s+)?(?:([\w$*\s{},]+?)\s+from\s+)?['"]([^'"\n]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"\n]+)['"]\s*[,)]/g;

/** Every import, re-export and dynamic import with a literal name, in the order of the text. */
export function readImports(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^[ \t]*\/\/.*$/gm, '');
  const found: (Import & { at: number })[] = [];
  for (const match of code.matchAll(statement)) {
    const [, type, names = '', name = ''] = match;
    found.push({ at: match.index, name, isTypeOnly: type !== undefined || takesOnlyTypes(names) });
  }
  for (const match of code.matchAll(dynamic)) {
    // `import('…').Thing` in a type position also looks like this; it is rare and counts as the stricter case.
    found.push({ at: match.index, name: match[1] ?? '', isTypeOnly: false });
  }
  return found.toSorted((a, b) => a.at - b.at).map(({ name, isTypeOnly }) => ({ name, isTypeOnly }));
}

function takesOnlyTypes(names: string): boolean {
  const inner = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
  const list = (inner ?? '').split(',').filter((part) => part.trim() !== '');
  return list.length > 0 && list.every((part) => part.trim().startsWith('type '));
}

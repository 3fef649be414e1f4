import { createHash } from 'node:crypto';

/** What must not stand in a file of this repository, and what to write instead. */
const patterns: { pattern: RegExp; why: string }[] = [
  {
    pattern: /(?<![\w.])\/(?:home|Users|root|work)\/[\w.-]+/,
    why: 'a path of one machine; write it relative',
  },
  { pattern: /(?<![\w.])\/tmp\/wl\b/, why: 'a path of one machine; use os.tmpdir()' },
  {
    pattern: /\b(?:registry\.[a-z]+[a-z.-]*\.[a-z]{2,}|[a-z-]+\.pkg\.dev|[a-z-]+\.jfrog\.io)\b/,
    why: 'the host of a package registry',
  },
  {
    pattern: /\bshared\/(?:design|bench|corpora|openapi|hooks)\b/,
    why: 'a folder that is not in this repository',
  },
];

// Names of tools on the makers' own desks, as hashes, so that this list does not itself put them here.
const deskWords = new Set(
  'c857d09db23e c70eca6b0f88 60965168ce76 3ea125d0bff3 57de4cf40144 94a168d2da57 d298391b0743'.split(' '),
);

// The catalogue speaks of every vendor there is, so their names are its own words; its count names them too.
const catalogue = /^connectors\/(?:apps\/|src\/load-apps\.test\.ts$)/;

const hashOf = (word: string): string => createHash('sha256').update(word).digest('hex').slice(0, 12);
const isDeskWord = memoise((word: string) => deskWords.has(hashOf(word)));

/**
 * @param path the file, for the answer
 * @param text what stands in it
 * @param documents base names of all documents there are; one that is named must be among them
 * @returns one sentence for each fault, with its line
 */
export function findTextFaults(path: string, text: string, documents: ReadonlySet<string>): string[] {
  return text.split('\n').flatMap((line, index) => {
    const at = `${path}:${index + 1}`;
    const faults = patterns.flatMap(({ pattern, why }) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [`${at}: "${found}" is ${why}`];
    });
    for (const [name] of line.matchAll(/(?<![\w*])[A-Z][A-Z_-]{2,}\.md\b/g)) {
      if (!documents.has(name)) faults.push(`${at}: ${name} is named but not there`);
    }
    if (catalogue.test(path)) return faults;
    const desk = (line.toLowerCase().match(/[a-z]{5,}/g) ?? []).find(isDeskWord);
    if (desk !== undefined) faults.push(`${at}: a word of somebody's own desk ("${desk}")`);
    return faults;
  });
}

function memoise(answer: (word: string) => boolean): (word: string) => boolean {
  const known = new Map<string, boolean>();
  return (word) => {
    const found = known.get(word) ?? answer(word);
    known.set(word, found);
    return found;
  };
}

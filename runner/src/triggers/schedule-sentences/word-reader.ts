// A sentence as words, and a place in it. Reading goes forward only, so the time taken grows with the length alone.
import { SentenceRefused } from './vocabulary.ts';

export const longestSentence = 200;

/** Lower case, punctuation between words taken away; `9 am` and `9am`, `6 p.m.` and `6pm` are one and the same. */
export function splitWords(text: string): string[] {
  if (text.length > longestSentence)
    throw new SentenceRefused(`Say it in ${longestSentence} characters at most.`);
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/\b([ap])\.\s?m\.?/g, '$1m')
    .replaceAll(/,/g, ' , ')
    .replaceAll(/(?<!\S)o'clock(?!\S)/g, 'oclock')
    .replaceAll(/(\d)\s*(am|pm)\b/g, '$1$2')
    .replaceAll(/[.!](?=\s|$)/g, ' ')
    .replaceAll(/(\d{1,2}:\d{2})\s*[-–]\s*(?=\d)/g, '$1 to ')
    .replaceAll(/[–—]/g, ' to ');
  return plain.split(/\s+/).filter((word) => word !== '');
}

export class WordReader {
  readonly words: readonly string[];
  at = 0;
  constructor(words: readonly string[]) {
    this.words = words;
  }
  get isDone(): boolean {
    return this.at >= this.words.length;
  }
  peek(ahead = 0): string {
    return this.words[this.at + ahead] ?? '';
  }
  /** Goes past these words if they come next. */
  takes(...phrase: readonly string[]): boolean {
    if (!phrase.every((word, place) => this.words[this.at + place] === word)) return false;
    this.at += phrase.length;
    return true;
  }
  takesOne(...words: readonly string[]): string | null {
    const word = this.peek();
    if (!words.includes(word)) return null;
    this.at += 1;
    return word;
  }
  /** What `read` answers for the next word; goes past it unless that is null. */
  read<Value>(read: (word: string) => Value | null): Value | null {
    const value = read(this.peek());
    if (value !== null) this.at += 1;
    return value;
  }
  /** Values with `,`, `and` or `&` between them. */
  readList<Value>(readNext: () => Value | null): Value[] {
    const values: Value[] = [];
    for (;;) {
      const before = this.at;
      if (values.length > 0) {
        while (this.takesOne(',', 'and', '&') !== null);
        if (this.at === before) return values;
      }
      const value = readNext();
      if (value === null) {
        this.at = before;
        return values;
      }
      values.push(value);
    }
  }
}

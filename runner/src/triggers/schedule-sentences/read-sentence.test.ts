import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextFire, onceAt } from '../next-fire.ts';
import { nextFirings, readSentence } from './read-sentence.ts';

type Taken = { text: string; cron?: string; at?: string; timezone?: string; now?: string };
const corpus = JSON.parse(
  readFileSync(new URL('../../../fixtures/schedule-sentences.json', import.meta.url), 'utf8'),
) as {
  now: string;
  timezone: string;
  taken: Taken[];
  refused: string[];
  ambiguous: { text: string; readings: string[] }[];
};
const preset = { timezone: corpus.timezone, now: new Date(corpus.now) };
const read = ({ text, timezone = corpus.timezone, now = corpus.now }: Taken) =>
  readSentence(text, { timezone, now: new Date(now) });

describe('schedules in plain sentences', () => {
  test('there are at least 200 of them', () => {
    expect(corpus.taken.length).toBeGreaterThanOrEqual(200);
  });
  test.each(corpus.taken)('"$text" is read as it is meant', (entry) => {
    const said = read(entry);
    expect(said.ok ? '' : said.message).toBe('');
    if (!said.ok) return;
    if (entry.cron !== undefined) expect(said).toMatchObject({ kind: 'cron', cron: entry.cron });
    else expect(said.kind === 'at' && said.at).toEqual(new Date(entry.at!));
  });
  test.each(corpus.refused)('"%s" is refused with a sentence', (text) => {
    const said = readSentence(text, preset);
    expect(said).toMatchObject({ ok: false, readings: [] });
    if (!said.ok) expect(said.message).toMatch(/^["A-Z].{10,}[.)]$/s);
  });
  test.each(corpus.ambiguous)(
    '"$text" is not guessed: both readings are named, and the whole ones are taken',
    (entry) => {
      const said = readSentence(entry.text, preset);
      expect(said).toMatchObject({ ok: false, readings: entry.readings });
      const results = entry.readings
        .filter((text) => text.includes(' at ') && !text.startsWith('at ') && text !== 'on Monday at 09:00')
        .map((text) => readSentence(text, preset));
      for (const result of results) expect(result.ok).toBe(true);
    },
  );
});

test('capitals, spaces and a full stop change nothing', () => {
  for (const entry of corpus.taken.filter(({ timezone }) => timezone === undefined)) {
    const plain = read(entry);
    expect(readSentence(`  ${entry.text.toUpperCase().replaceAll(' ', '   ')} `, preset)).toEqual(plain);
  }
});

test('what it says of itself is a sentence that means the same', () => {
  for (const entry of corpus.taken.filter(
    ({ cron, text }) => cron?.startsWith('0 9 ') && /^[a-z]/.test(text),
  )) {
    const said = read(entry);
    if (!said.ok || said.kind !== 'cron') throw new Error(entry.text);
    const again = readSentence(
      said.says
        .replace(/ \(Europe\/Berlin\)$/, '')
        .replace(' (Monday to Friday)', '')
        .replace(' that has it', ''),
      preset,
    );
    // A day of one month of every year is said as such.
    if (/^On the \d+\w+ of [A-Z]/.test(said.says)) continue;
    expect(again).toMatchObject({ ok: true, cron: said.cron });
  }
});

const words = corpus.taken.flatMap(({ text }) => text.split(' '));
test('any words in any order end in a schedule or in a sentence, never in a fault', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })), { maxLength: 14 }),
      (some) => {
        const said = readSentence(some.join(' '), preset);
        if (said.ok)
          expect(
            nextFirings(
              said.kind === 'cron' ? said.cron : onceAt(said.at.toISOString()),
              'Europe/Berlin',
              preset.now,
              1,
            ),
          ).toHaveLength(1);
        else expect(said.message.length).toBeGreaterThan(5);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a text at the limit of its length is read, a longer one not at all', () => {
  for (const piece of ['every ', 'monday and ', '1st, ', 'at 9, ', 'in 2 hours and ', '1:00-'])
    expect(readSentence(piece.repeat(200).slice(0, 200), preset).ok).toBe(false);
  expect(readSentence('every day at 9'.padEnd(200, ' '), preset)).toMatchObject({ ok: true });
  expect(readSentence('every day at 9'.padEnd(201, ' '), preset)).toMatchObject({ ok: false });
});

test('the next ten that are shown are the ten that fire', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC'];
  const crons = [...new Set(corpus.taken.flatMap(({ cron }) => cron ?? []))];
  fc.assert(
    fc.property(
      fc.constantFrom(...crons),
      fc.constantFrom(...zones),
      fc.date({ min: new Date('2026-01-01'), max: new Date('2028-01-01'), noInvalidDate: true }),
      (cron, zone, now) => {
        const shown = nextFirings(cron, zone, now, 10);
        // As the row goes on: each firing plans the next from itself.
        const fired: Date[] = [];
        for (let planned = nextFire(cron, zone, now); planned && fired.length < 10;) {
          fired.push(planned);
          planned = nextFire(cron, zone, planned);
        }
        expect(shown).toEqual(fired);
        expect(shown).toHaveLength(10);
      },
    ),
    { numRuns: 150 },
  );
});

test('one instant is shown once and then never again', () => {
  const at = '2026-12-24T17:00:00.000Z';
  expect(nextFirings(onceAt(at), 'UTC', new Date('2026-12-24T16:59:59Z'), 10)).toEqual([new Date(at)]);
  expect(nextFirings(onceAt(at), 'UTC', new Date(at), 10)).toEqual([]);
  expect(() => nextFire('@2026-02-30T00:00:00Z', 'UTC', new Date())).toThrow(/no instant/);
});

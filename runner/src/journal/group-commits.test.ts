import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupCommits } from './group-commits.ts';

const offence = () => Object.assign(new Error('bad row'), { code: '22021' });
const away = () => Object.assign(new Error('gone'), { code: '57P01' });
const isOffence = (error: unknown) => (error as { code?: string }).code === '22021';
const settled = (promises: Promise<unknown>[]) => Promise.allSettled(promises);
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A writer whose batches are answered one by one by the test. */
function heldWriter() {
  const batches: { items: number[]; answer(): void; fail(error: unknown): void }[] = [];
  const write = (items: number[]) =>
    new Promise<string[]>((resolve, reject) => {
      batches.push({
        items,
        answer: () => resolve(items.map((item) => `done ${item}`)),
        fail: reject,
      });
    });
  return { write, batches };
}

describe('writing in groups', () => {
  test('gathers what comes at once into one commit, each with its own answer', async () => {
    const { write, batches } = heldWriter();
    const commit = groupCommits({ write, isOffence });
    const all = [1, 2, 3].map((item) => commit(item));
    expect(commit.size()).toBe(3);
    await tick();
    expect(batches.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    expect(commit.size()).toBe(0);
    batches[0]!.answer();
    expect(await Promise.all(all)).toEqual(['done 1', 'done 2', 'done 3']);
  });

  test('answers only after the commit (R3)', async () => {
    const { write, batches } = heldWriter();
    const commit = groupCommits({ write, isOffence });
    let answered = false;
    const one = commit(1).then(() => (answered = true));
    await tick();
    await tick();
    expect(answered).toBe(false);
    batches[0]!.answer();
    await one;
    expect(answered).toBe(true);
  });

  test('lets the next group gather while one is on its way, so many at once and so large', async () => {
    const { write, batches } = heldWriter();
    const commit = groupCommits({ write, isOffence, parallel: 2, most: 3 });
    const all = Array.from({ length: 8 }, (_, index) => commit(index));
    await tick();
    expect(batches.map(({ items }) => items)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    all.push(commit(8), commit(9));
    await tick();
    expect(batches).toHaveLength(2);
    expect(commit.size()).toBe(4);
    batches[1]!.answer();
    await tick();
    expect(batches[2]!.items).toEqual([6, 7, 8]);
    batches[0]!.answer();
    await tick();
    expect(batches[3]!.items).toEqual([9]);
    batches[2]!.answer();
    batches[3]!.answer();
    expect(await Promise.all(all)).toHaveLength(10);
  });

  test('refuses what is past its bound, and takes more again when there is room (R17)', async () => {
    const { write, batches } = heldWriter();
    const overflow = () => new Error('come back later');
    const commit = groupCommits({ write, isOffence, parallel: 1, most: 1, bound: 2, overflow });
    const first = commit(0);
    await tick();
    const waiting = [commit(1), commit(2)];
    await expect(commit(3)).rejects.toThrow('come back later');
    batches[0]!.answer();
    await first;
    await tick();
    const later = commit(4);
    for (const place of [1, 2, 3]) {
      await tick();
      batches[place]!.answer();
      await tick();
    }
    expect(await Promise.all([...waiting, later])).toEqual(['done 1', 'done 2', 'done 4']);
    const plain = groupCommits({ write, isOffence, bound: 0 });
    await expect(plain(1)).rejects.toThrow('too much is waiting');
  });
});

describe('a batch that fails', () => {
  test('for a row of it fails that row alone; the others are written', async () => {
    const written: number[][] = [];
    const commit = groupCommits<number, number>({
      isOffence,
      async write(items) {
        written.push(items);
        if (items.includes(3)) throw offence();
        return items;
      },
    });
    const answers = await settled([1, 2, 3, 4].map((item) => commit(item)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(written).toEqual([[1, 2, 3, 4], [1], [2], [3], [4]]);
  });

  test('for its connection fails whole and is not tried row by row', async () => {
    let writes = 0;
    const commit = groupCommits<number, number>({
      isOffence,
      async write() {
        writes += 1;
        throw away();
      },
    });
    const answers = await settled([1, 2, 3].map((item) => commit(item)));
    expect(answers.every((answer) => answer.status === 'rejected' && answer.reason.code === '57P01')).toBe(
      true,
    );
    expect(writes).toBe(1);
  });

  test('does not hold up what comes after it', async () => {
    let broken = true;
    const commit = groupCommits<number, number>({
      isOffence,
      parallel: 1,
      async write(items) {
        if (broken) throw away();
        return items;
      },
    });
    await expect(commit(1)).rejects.toThrow('gone');
    broken = false;
    expect(await commit(2)).toBe(2);
  });

  test('of any mixture answers every row once, with its own answer', async () => {
    const kinds = fc.array(fc.constantFrom('good', 'bad'), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        kinds,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 3 }),
        async (list, most, parallel) => {
          const stored: number[] = [];
          const commit = groupCommits<number, number>({
            isOffence,
            most,
            parallel,
            async write(items) {
              await tick();
              if (items.some((item) => list[item] === 'bad')) throw offence();
              stored.push(...items);
              return items.map((item) => item * 10);
            },
          });
          const answers = await settled(list.map((_, item) => commit(item)));
          answers.forEach((answer, item) => {
            if (list[item] === 'good') expect(answer).toEqual({ status: 'fulfilled', value: item * 10 });
            else expect(answer.status).toBe('rejected');
          });
          const good = list.flatMap((kind, item) => (kind === 'good' ? [item] : []));
          expect(stored.toSorted((a, b) => a - b)).toEqual(good);
        },
      ),
    );
  });
});

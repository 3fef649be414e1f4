import { describe, expect, it } from 'vitest';
import { evaluateTemplate } from './evaluate-template.ts';
import { ExpressionError } from './expression-error.ts';
import { parseTemplate } from './parse-template.ts';

describe('time grows with the length of the input, not faster', () => {
  // Ratios of best times: eight times the input may take at most 24 times as long (a square would take 64 times).
  const best = (work: () => void): number => {
    const times = Array.from({ length: 7 }, () => {
      const start = performance.now();
      work();
      return performance.now() - start;
    });
    return Math.max(Math.min(...times), 0.05);
  };
  const attempt = (work: () => unknown) => (): void => {
    for (let round = 0; round < 20; round += 1) {
      try {
        work();
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
      }
    }
  };
  let unique = 0;
  const cases: [string, number, (size: number) => () => unknown][] = [
    [
      'a long quoted text',
      480,
      (size) => () => parseTemplate(`{{"${'a'.repeat(size)}" + ${(unique += 1)}}}`),
    ],
    ['a long sum', 18, (size) => () => parseTemplate(`{{${'1+'.repeat(size)}${(unique += 1)}}}`)],
    ['a long path', 30, (size) => () => parseTemplate(`{{a${'.b'.repeat(size)}[${(unique += 1)}]}}`)],
    ['brackets that never close', 480, (size) => () => parseTemplate(`{{${'['.repeat(size)}`)],
    [
      'a long text around holes',
      20_000,
      (size) => {
        const text = Array.from({ length: size / 4 }, () => 'x{ }').join('');
        return () => parseTemplate(`{{a + ${(unique += 1)}}}${text}`);
      },
    ],
    [
      'a pattern that makes other engines explode',
      2000,
      (size) => {
        const a = `${'a'.repeat(size)}!`;
        return () => evaluateTemplate(parseTemplate('{{matches(a, "(a+)+$")}}'), { a }, { missing: 'fail' });
      },
    ],
    [
      'removing repeated items',
      1000,
      (size) => {
        const a = Array.from({ length: size }, (_, index) => `item ${index}`);
        return () => evaluateTemplate(parseTemplate('{{length(unique(a))}}'), { a }, { missing: 'fail' });
      },
    ],
    [
      'replacing in a long text',
      50_000,
      (size) => {
        const a = 'ab'.repeat(size / 20);
        return () =>
          evaluateTemplate(parseTemplate('{{length(replace(a, "a", "c"))}}'), { a }, { missing: 'fail' });
      },
    ],
  ];
  it.each(cases)('for %s (X2)', (_name, size, make) => {
    const [small, large] = [make(size), make(size * 8)];
    // A busy machine can spoil a measurement, never make a square look straight: the best of four tries counts.
    const ratios: number[] = [];
    do ratios.push(best(attempt(large)) / best(attempt(small)));
    while (ratios.at(-1)! >= 24 && ratios.length < 4);
    expect(Math.min(...ratios)).toBeLessThan(24);
  });
});

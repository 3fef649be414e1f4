/** What came out of one part of the suite. */
export type Count = { passed: number; failed: number; skipped: number };

export const onePassed: Count = { passed: 1, failed: 0, skipped: 0 };
export const oneFailed: Count = { passed: 0, failed: 1, skipped: 0 };
export const oneSkipped: Count = { passed: 0, failed: 0, skipped: 1 };

/** The sum of several. */
export function addCounts(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((sum, one) => sum + one.passed, 0),
    failed: counts.reduce((sum, one) => sum + one.failed, 0),
    skipped: counts.reduce((sum, one) => sum + one.skipped, 0),
  };
}

/** The last line of the suite. */
export function describeCount(count: Count): string {
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
  return `${count.passed} passed, ${count.failed} failed${skipped}`;
}

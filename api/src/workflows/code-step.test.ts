// A code step from the draft to the run, over HTTP and a real engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

const make = async (step: object) => {
  const definition = {
    format: 'workflow/1',
    name: 'Sums',
    trigger: { kind: 'manual' },
    steps: [{ id: 'calc', kind: 'code', timeoutMs: 10_000, ...step }],
  };
  return (await ada.call('POST', '/workflows', { name: 'Sums', definition })).body;
};

describe('a code step', () => {
  test('whose code cannot be read is kept with its problem and not published', async () => {
    const { id } = await make({ source: 'const a = 1;\nreturn a b;' });
    const { body } = await ada.call('GET', `/workflows/${id}`);
    expect(body.problems).toEqual([
      {
        path: '/steps/0/source',
        code: 'invalid_code',
        stepId: 'calc',
        message: "The code cannot be read in line 2, column 10: SyntaxError: expecting ';'",
        line: 2,
        column: 10,
      },
    ]);
    const published = await ada.call('POST', `/workflows/${id}/publish`, {});
    expect([published.status, published.body.error.code]).toEqual([422, 'invalid_input']);
    const tried = await ada.call('POST', `/workflows/${id}/steps/calc/test`, {});
    expect(tried.status).toBe(422);
  });

  test('says which members it has, and how much they may hold', async () => {
    const { id } = await make({ source: 'x'.repeat(65_537), timeoutMs: 30_001, retry: {} });
    const { body } = await ada.call('GET', `/workflows/${id}`);
    const paths = body.problems.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/steps/0/source', '/steps/0/timeoutMs', '/steps/0']));
  });

  test('can be tried on samples, and runs with what the run gives it', async () => {
    const { id } = await make({
      input: { words: '{{trigger.output.words}}' },
      source:
        'console.log(input.words.length, "words");\nif (!input.words.length) throw new Error("none");\nreturn input.words.map((word) => word.toUpperCase());',
    });
    const tried = await ada.call('POST', `/workflows/${id}/steps/calc/test`, {
      samples: { trigger: { words: ['a', 'b'] } },
    });
    expect(tried.body).toMatchObject({
      ok: true,
      resolvedInput: { words: ['a', 'b'] },
      output: ['A', 'B'],
      logs: ['2 words'],
    });
    const failed = await ada.call('POST', `/workflows/${id}/steps/calc/test`, {
      samples: { trigger: { words: [] } },
    });
    expect(failed.body).toMatchObject({
      ok: false,
      error: { code: 'code_failed', message: 'Error: none', line: 2 },
      logs: ['0 words'],
    });
    expect((await ada.call('POST', `/workflows/${id}/publish`, {})).status).toBe(201);
    const { body } = await ada.call('POST', `/workflows/${id}/runs`, { input: { words: ['x'] } });
    await expect
      .poll(async () => (await ada.call('GET', `/runs/${body.runId}`)).body.status, { timeout: 10_000 })
      .toBe('succeeded');
    const run = (await ada.call('GET', `/runs/${body.runId}`)).body;
    expect(run.steps[0]).toMatchObject({ kind: 'code', output: ['X'], logs: ['1 words'] });
  });
});

// The pool with real processes, and with processes that a test stands in for where they must crash, hang or lie.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { codeChecker } from './check-code.ts';
import { type CodePool, createCodePool } from './code-pool.ts';
import type { CodeJob, CodeReply } from './messages.ts';
import { type ChildStarter, childStarter, type CodeChild } from './start-child.ts';

const pools: CodePool[] = [];
afterEach(() => pools.splice(0).forEach((pool) => pool.close()));
const realStarter = childStarter();
function open(options: Partial<Parameters<typeof createCodePool>[0]> = {}): CodePool {
  const pool = createCodePool({ start: realStarter, size: 1, ...options });
  pools.push(pool);
  return pool;
}
const job = (source: string, timeoutMs = 5_000, input: unknown = {}) =>
  ({ kind: 'run', source, input: JSON.stringify(input), timeoutMs }) satisfies CodeJob;
const done = (output: string): CodeReply => ({ ok: true, output, logs: [], isSpent: false, tookMs: 1 });

/** Children that a test plays; `ask` decides what each says. */
function played(ask: (job: CodeJob, child: number) => Promise<CodeReply>) {
  let started = 0;
  const killed: number[] = [];
  const start: ChildStarter = async () => {
    const number = (started += 1);
    let end = (): void => {};
    const gone = new Promise<never>((_, reject) => (end = () => reject(new Error('gone'))));
    gone.catch(() => {});
    const child: CodeChild = {
      pid: number,
      ask: (asked) => Promise.race([ask(asked, number), gone]),
      kill() {
        killed.push(number);
        end();
      },
      onGone() {},
    };
    return child;
  };
  return { start, killed, started: () => started };
}

describe('a pool of real processes', () => {
  test('starts nothing before the first code, and then keeps its process', async () => {
    const pids: number[] = [];
    const pool = open({
      start: async (signal) => {
        const child = await realStarter(signal);
        pids.push(child.pid);
        return child;
      },
    });
    expect(pool.size()).toEqual({ children: 0, busy: 0, waiting: 0 });
    for (const number of [1, 2, 3])
      expect(await pool.run('a', job('return input.n * 2;', 5_000, { n: number }))).toMatchObject({
        ok: true,
        output: number * 2,
      });
    expect(pids).toHaveLength(1);
  });

  test('tells the line and the column of the author’s own source', async () => {
    const pool = open();
    expect(
      await pool.run('a', job('const a = 1;\nconsole.log("here", { a });\n  throw new TypeError("bad");')),
    ).toMatchObject({
      ok: false,
      fault: 'thrown',
      message: 'TypeError: bad',
      line: 3,
      logs: ['here {"a":1}'],
    });
    expect(await pool.run('a', job('return 1;\n  return nope;\n'))).toMatchObject({ ok: true });
    expect(await pool.run('a', job('\n\n return nope;'))).toMatchObject({ line: 3, column: 9 });
    expect(await pool.run('a', { kind: 'check', source: 'const a = 1;\nconst = 2;' })).toMatchObject({
      ok: false,
      fault: 'syntax',
      line: 2,
      column: 7,
    });
  });

  test('reads code without running it, and remembers what it has read', async () => {
    const pool = open();
    let read = 0;
    const check = codeChecker({
      run(...parameters) {
        read += 1;
        return pool.run(...parameters);
      },
    });
    const code = (id: string, source: string) => ({ id, kind: 'code', source });
    const loop = { id: 'each', kind: 'forEach', steps: [code('bad', '\n}')] };
    const document = { steps: [code('fine', 'for (;;);'), { id: 'x', kind: 'filter' }, loop] };
    const problems = await check('a', document);
    expect(problems).toEqual([
      {
        path: '/steps/2/steps/0/source',
        code: 'invalid_code',
        stepId: 'bad',
        line: 2,
        column: 2,
        message: expect.stringContaining('in line 2, column 2'),
      },
    ]);
    expect(await check('a', document)).toEqual(problems);
    expect(read).toBe(2);
    expect(await check('a', { steps: 'none' })).toEqual([]);
  });

  test('a process that is lost takes its code with it and nothing else', async () => {
    const pids: number[] = [];
    const pool = open({
      start: async (signal) => {
        const child = await realStarter(signal);
        pids.push(child.pid);
        return child;
      },
    });
    await pool.run('a', job('return 1;'));
    const lost = pool.run('a', job('for (;;);'));
    process.kill(pids[0]!, 'SIGKILL');
    expect(await lost).toMatchObject({ ok: false, fault: 'crashed' });
    expect(await pool.run('a', job('return 2;'))).toMatchObject({ ok: true, output: 2 });
    expect(pids).toHaveLength(2);
  });

  test('cancelling ends the process at once', async () => {
    const pool = open();
    await pool.run('a', job('return 1;'));
    const cancel = new AbortController();
    const running = pool.run('a', job('for (;;);', 30_000), cancel.signal);
    const behind = pool.run('b', job('return 3;'));
    cancel.abort();
    expect(await running).toMatchObject({ ok: false, fault: 'cancelled' });
    expect(await behind).toMatchObject({ ok: true, output: 3 });
  });

  test('a pool that is closed answers what waits and what comes', async () => {
    const pool = open();
    const running = pool.run('a', job('for (;;);', 30_000));
    const waiting = pool.run('a', job('return 1;'));
    pool.close();
    expect(await waiting).toMatchObject({ ok: false, fault: 'cancelled' });
    expect(await running).toMatchObject({ ok: false });
    expect(await pool.run('a', job('return 1;'))).toMatchObject({ ok: false, fault: 'cancelled' });
  });
});

describe('the rules of the pool', () => {
  test('tenants take turns, whoever came first with how many', async () => {
    const order: string[] = [];
    const { start } = played(async (asked) => {
      order.push(asked.source);
      await delay(1);
      return done('1');
    });
    const pool = open({ start });
    await Promise.all([
      ...[1, 2, 3, 4].map((number) => pool.run('many', job(`many ${number}`))),
      pool.run('few', job('few 1')),
      pool.run('few', job('few 2')),
    ]);
    expect(order).toEqual(['many 1', 'few 1', 'many 2', 'few 2', 'many 3', 'many 4']);
  });

  test('long code of one tenant leaves the last process to others', async () => {
    const running = new Set<string>();
    const { start } = played(async (asked) => {
      running.add(asked.source);
      if (asked.source.startsWith('long')) await delay(60_000, undefined, { ref: false });
      return done('1');
    });
    const pool = open({ start, size: 2 });
    void pool.run('a', job('long 1', 30_000));
    void pool.run('a', job('long 2', 30_000));
    expect(await pool.run('b', job('short', 1_000))).toMatchObject({ ok: true });
    expect([...running]).toEqual(['long 1', 'short']);
    expect(pool.size()).toEqual({ children: 2, busy: 1, waiting: 1 });
  });

  test('a child that does not answer is killed, and the code has taken too long', async () => {
    const { start, killed } = played(() => delay(60_000, done('1'), { ref: false }));
    const pool = open({ start });
    expect(await pool.run('a', job('stuck', 10))).toMatchObject({ ok: false, fault: 'time' });
    expect(killed).toContain(1);
  });

  test('a child is replaced after its uses, and after a limit was hit', async () => {
    const { start, started } = played(async (asked) => ({
      ...done('1'),
      isSpent: asked.source === 'greedy',
    }));
    const pool = open({ start, usesPerChild: 3 });
    for (const source of ['1', '2', '3', '4', 'greedy', '5']) await pool.run('a', job(source));
    expect(started()).toBe(3);
  });

  test('the queue is bounded, for all and for each', async () => {
    const { start } = played(() => delay(60_000, done('1'), { ref: false }));
    const pool = open({ start, mostWaiting: 3, mostWaitingOfTenant: 2 });
    const answers = ['a', 'a', 'a', 'b', 'b'].map((tenantId) => pool.run(tenantId, job('x')));
    const full = await Promise.race([answers[2]!, delay(1_000)]);
    expect(full).toMatchObject({ ok: false, fault: 'full' });
    expect(await Promise.race([answers[4]!, delay(1_000)])).toMatchObject({ fault: 'full' });
  });

  test('an answer that is nested deeper than code may return is not taken', async () => {
    const { start } = played(async () => done('['.repeat(500_000) + ']'.repeat(500_000)));
    expect(await open({ start }).run('a', job('x'))).toMatchObject({ ok: false, fault: 'output' });
  });

  test('where no process can be started nobody waits for ever', async () => {
    const pool = open({ start: () => Promise.reject(new Error('no memory')) });
    const answers = await Promise.all([pool.run('a', job('x')), pool.run('b', job('y'))]);
    expect(answers).toMatchObject([{ fault: 'crashed' }, { fault: 'crashed' }]);
  });

  test('processes that nobody needs are let go', async () => {
    const { start, killed } = played(async () => done('1'));
    const pool = open({ start, idleMs: 5 });
    await pool.run('a', job('x'));
    await expect.poll(() => pool.size().children).toBe(0);
    expect(killed).toEqual([1]);
    expect(await pool.run('a', job('x'))).toMatchObject({ ok: true });
  });
});

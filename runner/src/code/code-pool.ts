// The warm pool: a few processes that wait for code, a bounded queue that takes turns over tenants, and a watch that ends what does not end.
import type { Json } from '@weftline/connectors/json';
import { presetCodeMs } from '../workflow/place-work.ts';
import { codeLimits } from './code-limits.ts';
import type { CodeFault, CodeJob, CodeReply } from './messages.ts';
import type { ChildStarter, CodeChild } from './start-child.ts';
import { takeTurns, type Turns } from './take-turns.ts';

/** `crashed`: the process was lost. `full`: the queue is. Neither of them and no `cancelled` code has an outcome. */
export type CodeAnswer = { logs: string[]; tookMs: number } & (
  | { ok: true; output: Json }
  | {
      ok: false;
      fault: CodeFault | 'crashed' | 'full' | 'cancelled';
      message: string;
      line: number | null;
      column: number | null;
    }
);

export type CodePool = {
  /** Runs code for a tenant. Never rejects. Aborting takes it out of the queue, or kills the process it is in. */
  run(tenantId: string, job: CodeJob, signal?: AbortSignal): Promise<CodeAnswer>;
  /** How many processes there are, how many of them work, and how much waits. */
  size(): { children: number; busy: number; waiting: number };
  /** Kills every process; what waits or runs is answered as cancelled. */
  close(): void;
};

export type CodePoolOptions = {
  start: ChildStarter;
  /** Processes at most, and so executions at once. */
  size: number;
  /** Executions after which a process is replaced; 1 makes every execution start its own. */
  usesPerChild?: number;
  /** Whether the next process is started when one is given up. */
  keepsWarm?: boolean;
  mostWaiting?: number;
  mostWaitingOfTenant?: number;
  /** After so long without work all processes are let go. */
  idleMs?: number;
};

/** `child` null: it is being started. */
type Member = { child: CodeChild | null; serves: Waiting | null; uses: number };
type Waiting = { tenantId: string; job: CodeJob; timeoutMs: number; resolve(answer: CodeAnswer): void };

/** The child stops the code itself; a child that does not answer within this after the time limit is killed. */
const graceMs = 1_000;
const checkMs = 1_000;

const none = (
  fault: Extract<CodeAnswer, { ok: false }>['fault'],
  message: string,
  tookMs = 0,
): CodeAnswer => ({ ok: false, fault, message, line: null, column: null, logs: [], tookMs });

/** Text of JSON may be nested deeper than later walks can follow; the child is not believed. */
function isTooDeep(text: string): boolean {
  let level = 0;
  let isText = false;
  for (let index = 0; index < text.length; index += 1) {
    const mark = text[index];
    if (isText) {
      if (mark === '\\') index += 1;
      else if (mark === '"') isText = false;
    } else if (mark === '"') isText = true;
    else if (mark === '[' || mark === '{') {
      level += 1;
      if (level > codeLimits.levels) return true;
    } else if (mark === ']' || mark === '}') level -= 1;
  }
  return false;
}

function readReply(reply: CodeReply): CodeAnswer {
  const { logs, tookMs } = reply;
  if (!reply.ok) {
    const { fault, message, line, column } = reply;
    return { ok: false, fault, message, line, column, logs, tookMs };
  }
  const text = reply.output ?? 'null';
  if (isTooDeep(text))
    return { ...none('output', 'What the code returned is nested too deep.', tookMs), logs };
  return { ok: true, output: JSON.parse(text) as Json, logs, tookMs };
}

/** Starts no process before the first code comes: a start of Weftline is not slowed. */
export function createCodePool(options: CodePoolOptions): CodePool {
  const { start, size, usesPerChild = 500, keepsWarm = true, idleMs = 600_000 } = options;
  const members = new Set<Member>();
  const ending = new AbortController();
  const turns: Turns<Waiting> = takeTurns(options.mostWaiting ?? 1_000, options.mostWaitingOfTenant ?? 200);
  let idleTimer: NodeJS.Timeout | undefined;

  const heldBy = (tenantId: string) =>
    [...members].filter((member) => member.serves?.tenantId === tenantId).length;
  /** The last free process is not given to long code of a tenant that has one already: others wait a second at most. */
  const mayTake = ({ tenantId, timeoutMs }: Waiting) =>
    timeoutMs <= presetCodeMs || heldBy(tenantId) < Math.max(1, size - 1);

  function dispatch(): void {
    clearTimeout(idleTimer);
    for (const member of members) {
      if (!member.child || member.serves) continue;
      const waiting = turns.take(mayTake);
      if (!waiting) break;
      void serve(member, member.child, waiting);
    }
    let starting = [...members].filter(({ child }) => child === null).length;
    while (turns.size() > starting && members.size < size && !ending.signal.aborted) {
      grow();
      starting += 1;
    }
    if (turns.size() === 0 && [...members].every(({ serves }) => serves === null)) {
      idleTimer = setTimeout(() => {
        for (const member of members) drop(member, false);
      }, idleMs);
      idleTimer.unref();
    }
  }

  function grow(): void {
    const member: Member = { child: null, serves: null, uses: 0 };
    members.add(member);
    start(ending.signal).then(
      (child) => {
        member.child = child;
        child.onGone(() => {
          // One that serves is told by its answer.
          if (member.serves === null && members.delete(member)) dispatch();
        });
        dispatch();
      },
      (error: Error) => {
        members.delete(member);
        // Whoever stands first is told, so that a machine that can start nothing keeps nobody waiting.
        turns
          .take(() => true)
          ?.resolve(none('crashed', `No process for code could be started: ${error.message}.`));
        dispatch();
      },
    );
  }

  function drop(member: Member, isReplaced: boolean): void {
    member.child?.kill();
    members.delete(member);
    if (isReplaced && keepsWarm && !ending.signal.aborted && members.size < size) grow();
  }

  async function serve(member: Member, child: CodeChild, waiting: Waiting): Promise<void> {
    const { job, timeoutMs } = waiting;
    member.serves = waiting;
    member.uses += 1;
    const startedAt = performance.now();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill();
    }, timeoutMs + graceMs);
    let isLost = false;
    let isSpent = false;
    let answer: CodeAnswer;
    try {
      const reply = await child.ask(job);
      isSpent = reply.isSpent;
      answer = readReply(reply);
    } catch {
      isLost = true;
      const tookMs = performance.now() - startedAt;
      answer = isLate
        ? none('time', `The code took longer than its time limit of ${timeoutMs} ms and was stopped.`, tookMs)
        : none('crashed', 'The process that ran the code was lost.', tookMs);
    }
    clearTimeout(timer);
    member.serves = null;
    if (isLost || isSpent || member.uses >= usesPerChild) drop(member, true);
    waiting.resolve(answer);
    dispatch();
  }

  return {
    run(tenantId, job, signal) {
      if (signal?.aborted || ending.signal.aborted)
        return Promise.resolve(none('cancelled', 'Cancelled before the code began.'));
      return new Promise((resolve) => {
        const waiting: Waiting = {
          tenantId,
          job,
          timeoutMs: job.kind === 'run' ? job.timeoutMs : checkMs,
          resolve(answer) {
            signal?.removeEventListener('abort', cancel);
            resolve(answer);
          },
        };
        const cancel = () => {
          if (!turns.remove(waiting)) {
            const member = [...members].find(({ serves }) => serves === waiting);
            member?.child?.kill();
          }
          waiting.resolve(none('cancelled', 'Cancelled while the code ran.'));
        };
        signal?.addEventListener('abort', cancel, { once: true });
        if (turns.add(tenantId, waiting)) dispatch();
        else waiting.resolve(none('full', 'As much code as may wait is waiting already.'));
      });
    },
    size: () => ({
      children: members.size,
      busy: [...members].filter(({ serves }) => serves !== null).length,
      waiting: turns.size(),
    }),
    close() {
      clearTimeout(idleTimer);
      ending.abort();
      for (let waiting = turns.take(() => true); waiting; waiting = turns.take(() => true))
        waiting.resolve(none('cancelled', 'The process is being stopped.'));
      for (const member of members) member.child?.kill();
      members.clear();
    },
  };
}

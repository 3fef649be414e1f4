// One run from where its journal stands to its end or its next wait. Intent before a call, outcome after it;
// the outcome of a step and the intent of the next share a commit.
import type { EventBody } from '../journal/events.ts';
import type { Journal } from '../journal/open-journal.ts';
import type { Logger } from '../platform/logger.ts';
import { passCrashPoint } from '../platform/crash-point.ts';
import { appendSurely } from './append-surely.ts';
import type { AttemptResult, Decision, OpenRun, RunLeft, Start } from './decide-run.ts';
import { doubt, settleByProbe } from './ask-probe.ts';
import { outcomeOf } from './outcome-of.ts';

export type ExecutionServices = {
  journal: Journal;
  random(): number;
  /** The database's time in ms. */
  clock(): number;
  /** False when so much of the lease is gone that nothing may be sent or written any more. */
  holds(runId: string): boolean;
  logger: Logger;
  onCall?(seconds: number, outcome: string): void;
};

/** Made once: every run ends by it, and a reason made each time would look at the stack. */
const stopped = new DOMException('The run was left.', 'AbortError');

/**
 * Works on a run until it ends, waits, is taken away (`lost`), or is handed back.
 * `committed`: a first decision that was written together with the run's acceptance; null: decide first.
 * Throws only when the database stays away for as long as the lease lasts.
 */
export async function executeRun(
  run: OpenRun,
  committed: Decision | null,
  services: ExecutionServices,
  lost: AbortSignal,
): Promise<RunLeft> {
  const { tenantId, runId, epoch } = run.ticket;
  const calls = new AbortController();
  const outcomes: EventBody[] = [];
  let wake: () => void = () => {};
  const onLost = () => {
    calls.abort(stopped);
    wake();
  };
  lost.addEventListener('abort', onLost, { once: true });

  function begin({ step, attempt, number, probe }: Start): void {
    const started = performance.now();
    passCrashPoint('before-send');
    if (probe) {
      const request = run.ticket.state.steps.get(step.id)?.request ?? null;
      void probe.ask(calls.signal).then((answer) => {
        run.landed(step.id);
        outcomes.push(...settleByProbe(step.id, number, answer, request));
        wake();
      });
      return;
    }
    void attempt
      .call(calls.signal)
      .catch((error: unknown): AttemptResult => {
        services.logger.error({ tenantId, runId, stepId: step.id, err: error }, 'a call failed inside');
        return {
          ok: false,
          error: {
            code: 'internal',
            // Nobody knows how far it came: sent again only where that is safe.
            type: 'TEMPORARY',
            message: 'Something failed inside Weftline while the step was done.',
            sent: 'unknown',
          },
          request: null,
          response: null,
          tookMs: performance.now() - started,
        };
      })
      .then((result) => {
        passCrashPoint('answered');
        const seconds = (performance.now() - started) / 1000;
        services.onCall?.(seconds, result.ok ? 'succeeded' : result.error.type.toLowerCase());
        run.landed(step.id);
        const outcome = outcomeOf(
          step.id,
          result,
          number,
          attempt.retry,
          attempt.safety,
          services.random(),
          services.clock(),
        );
        outcomes.push(attempt.conclude ? attempt.conclude(outcome) : doubt(outcome, attempt.probe));
        wake();
      });
  }

  try {
    for (let decision = committed; ; decision = null) {
      if (decision === null) {
        decision = await run.decide(outcomes.splice(0));
        if (lost.aborted) return 'fenced';
        const { firstSeq, events, leave } = decision;
        if (events.length > 0 || leave) {
          const request = { tenantId, runId, epoch, firstSeq, events, projection: leave?.projection ?? null };
          const mayGoOn = () => !lost.aborted && services.holds(runId);
          if (!(await appendSurely(services.journal, request, mayGoOn))) return 'fenced';
        }
      }
      if (decision.leave) {
        passCrashPoint('left');
        return decision.leave.left;
      }
      for (const start of decision.starts) {
        if (!services.holds(runId)) return 'fenced';
        begin(start);
      }
      if (outcomes.length === 0 && !decision.hasMore && !lost.aborted)
        await new Promise<void>((resolve) => (wake = resolve));
      if (lost.aborted) return 'fenced';
    }
  } finally {
    lost.removeEventListener('abort', onLost);
    calls.abort(stopped);
  }
}
